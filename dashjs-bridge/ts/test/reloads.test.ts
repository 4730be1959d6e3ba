// Which pages were loaded anew, over the ends and new starts of the service worker.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { answerFetches } from '../service-worker/answer.js';
import { MARK, type Question, type Reply, type ToProvider } from '../service-worker/messages.js';
import { Reloads } from '../service-worker/reloads.js';
import { turns } from './turn.js';

const SITE = 'https://static.example';
const FILE = `${SITE}/a.css`;

test('keeps_the_latest_of_many_and_does_without_where_the_browser_keeps_nothing', async () => {
  const storage = new FakeStorage();
  const first = new Reloads(storage);
  // The first is added before it is known what was kept.
  await Promise.all(Array.from({ length: 300 }, (_, index) => first.add(`page ${index}`)));
  const second = new Reloads(storage);
  await second.known;
  assert.deepEqual([43, 44, 299].map((index) => second.has(`page ${index}`)), [false, true, true]);
  await second.add('page 300');
  const third = new Reloads(storage);
  await third.known;
  assert.deepEqual([44, 45, 300].map((index) => third.has(`page ${index}`)), [false, true, true]);

  // The reload itself starts the worker; and two of them may run while one takes the other's place.
  const [fourth, other] = [new Reloads(storage), new Reloads(storage)];
  await Promise.all([fourth.add('page 301'), other.add('page 302')]);
  await other.add('page 303');
  const fifth = new Reloads(storage);
  await fifth.known;
  assert.deepEqual([fourth.has('page 301'), fourth.has('page 46')], [true, true]);
  assert.deepEqual([303, 302].map((index) => fifth.has(`page ${index}`)), [true, true]);

  for (const broken of [{ open: () => Promise.reject(new Error('private')) }, new FakeStorage('no JSON')]) {
    const reloads = new Reloads(broken);
    await reloads.known;
    await reloads.add('page');
    assert.equal(reloads.has('page'), true);
  }
});

test('a_worker_that_is_started_again_gets_nothing_of_another_tab_for_a_page_that_was_loaded_anew', async (t) => {
  // However slow the machine is, no page is late.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const storage = new FakeStorage();
  const before = new FakeScope(t, storage);
  await before.navigates('reloaded', 'no-cache');
  await before.navigates('visited', 'default');

  const after = new FakeScope(t, storage);
  storage.hold();
  after.offers('other');
  await turns();
  assert.equal(await after.answers('visited'), false, 'nobody is asked before it is known for whom');
  storage.letGo();
  await turns();
  assert.deepEqual([await after.answers('visited'), await after.answers('reloaded')], [true, false]);
  after.offers('reloaded');
  await turns();
  assert.equal(await after.answers('reloaded'), true, 'it has its own list now');
});

/** A cache of one entry, which outlives workers. */
class FakeStorage {
  #text: string | undefined;
  #held: Promise<void> = Promise.resolve();
  letGo: () => void = () => undefined;

  constructor(text?: string) { this.#text = text; }

  hold(): void {
    this.#held = new Promise((resolve) => { this.letGo = resolve; });
  }

  async open(): Promise<Cache> {
    await turns();
    await this.#held;
    return {
      match: async () => this.#text === undefined ? undefined : new Response(this.#text),
      put: async (_: string, response: Response) => { this.#text = await response.text(); },
    } as unknown as Cache;
  }
}

/** What a worker that was just started sees. */
class FakeScope {
  readonly location = { origin: SITE };
  readonly clients = { matchAll: () => Promise.resolve([]), claim: () => Promise.resolve() };
  readonly #t: TestContext;
  readonly #listeners = new Map<string, (event: object) => void>();

  constructor(t: TestContext, caches: FakeStorage) {
    this.#t = t;
    for (const [name, value] of Object.entries({ self: this, caches })) {
      Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    answerFetches();
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.#listeners.set(type, listener);
  }

  /** A page is loaded; settles when the worker may be ended. */
  async navigates(resultingClientId: string, cache: RequestCache): Promise<void> {
    const work: Promise<unknown>[] = [];
    this.#listeners.get('fetch')?.({
      request: { mode: 'navigate', cache, url: `${SITE}/`, method: 'GET', destination: 'document', headers: new Headers() },
      clientId: '', resultingClientId, waitUntil: (done: Promise<unknown>) => work.push(done),
    });
    await Promise.all(work);
  }

  /** A page offers the file. */
  offers(id: string): void {
    const { port1, port2 } = new MessageChannel();
    this.#t.after(() => port1.close());
    port1.onmessage = ({ data }: MessageEvent<ToProvider | Question>) => {
      if ('heard' in data) return;
      const file = { bytes: new ArrayBuffer(1), type: 'text/css' };
      port1.postMessage({ id: data.id, file } satisfies Reply);
    };
    this.#listeners.get('message')?.({ data: { fugitive: MARK, urls: [FILE] }, ports: [port2], source: { id } });
  }

  /** Whether a page's tag for the file is answered by a page. */
  async answers(clientId: string): Promise<boolean> {
    const responses: Promise<Response>[] = [];
    this.#listeners.get('fetch')?.({
      request: { mode: 'no-cors', cache: 'default', url: FILE, method: 'GET', destination: 'style', headers: new Headers(), integrity: '' },
      clientId, resultingClientId: '', respondWith: (response: Promise<Response>) => responses.push(response),
    });
    return (await Promise.all(responses)).length > 0;
  }
}
