// A site's list of files: how long calls wait for it, and what becomes of one that is late.

import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { checkOptions } from '../check.js';
import { Site } from '../fetch/site.js';
import type { ToPage } from '../messages.js';
import { FakeWorker } from './fake-worker.js';
import { turn } from './turn.js';

const PAGE = 'https://static.example/';
const LIST_URL = `${PAGE}fugitive.files`;
const LIST = `fugitive files 1\n3\t${'0'.repeat(56)}\t${'1'.repeat(56)}\ttext/css\ta.css\n`;
const URLS = [`${PAGE}a.css`];

before(() => {
  const nothing = () => undefined;
  const page = {
    Worker: FakeWorker, document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
    addEventListener: nothing, removeEventListener: nothing, navigator: { userAgent: '' }, location: new URL(PAGE),
  };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
});

test('calls_wait_4_s_for_the_list_and_those_after_it_find_it', async (t) => {
  const { site, heard, served, taken } = visited(t);
  const [first, files] = [heard(site.list()), heard(site.loaded)];
  t.mock.timers.tick(3_999);
  assert.deepEqual(await first(), 'waits');
  t.mock.timers.tick(1);
  assert.equal(await first(), undefined);
  await served();
  await taken();
  assert.deepEqual([await heard(site.list())(), await files()], [URLS, URLS], 'it is of use when it is late');
});

test('nobody_waits_in_a_pause_and_the_list_is_there_after_it', async (t) => {
  const { site, heard, served, taken } = visited(t);
  const files = heard(site.loaded);
  const before = heard(site.list());
  site.session.pause();
  assert.deepEqual([await before(), await heard(site.list())()], [undefined, undefined]);
  await served();
  t.mock.timers.tick(60_000);
  assert.deepEqual([await heard(site.list())(), await files()], [undefined, 'waits']);
  site.session.resume();
  const after = heard(site.list());
  assert.equal(await after(), 'waits', 'as at the start');
  await taken();
  assert.deepEqual([await after(), await files()], [URLS, URLS]);
});

test('nobody_waits_for_what_has_ended_or_failed', async (t) => {
  for (const [what, isServed, end] of [
    ['before the list comes', false, ({ site }: Visited) => site.session.destroy()],
    ['after that', true, ({ site }: Visited) => site.session.destroy()],
    ['in a pause', true, ({ site }: Visited) => { site.session.pause(); site.session.destroy(); }],
    ['by a failure', true, ({ say }: Visited) => say({ type: 'failed', reason: 'no wasm' })],
  ] as const) {
    const visit = visited(t);
    if (isServed) await visit.served();
    const [list, files] = [visit.heard(visit.site.list()), visit.heard(visit.site.loaded)];
    end(visit);
    assert.deepEqual([await list(), await files(), await visit.heard(visit.site.list())()], [undefined, undefined, undefined], what);
  }
});

type Visited = ReturnType<typeof visited>;

/** A page of a site whose list has yet to come. */
function visited(t: TestContext) {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let serve: () => void = () => undefined;
  const own = (_: unknown, { signal }: RequestInit = {}) => new Promise<Response>((resolve, reject) => {
    serve = () => resolve(Object.defineProperty(new Response(LIST), 'url', { value: LIST_URL }));
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
  const site = new Site(checkOptions({ signalingUrl: '/v1/ws', start: 'atOnce' }, PAGE), LIST_URL, own);
  t.after(() => site.session.destroy());
  const say = (data: ToPage) => FakeWorker.last.say(data);
  const served = async () => {
    serve();
    await turn();
  };
  /** The engine takes the list. */
  const taken = async () => {
    await turn();
    say({ type: 'event', event: { type: 'timelineUpdated', tracks: 1, live: false } });
    await turn();
  };
  /** What a promise has come to: URLs, nothing, or that it waits. */
  const heard = (list: Promise<{ urls: string[] } | undefined>) => {
    let told: string[] | 'waits' | undefined = 'waits';
    void list.then((value) => { told = value?.urls; });
    return async () => {
      await turn();
      return told;
    };
  };
  return { site, heard, served, taken, say };
}
