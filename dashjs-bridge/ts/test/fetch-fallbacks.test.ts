// What `fugitiveFetch` counts as plain: each file of the site, or with a digest, that the browser's own request brought.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { FugitiveFetch } from '../fetch/create.js';
import type { ToPage, ToWorker } from '../messages.js';
import { FakeWorker } from './fake-worker.js';
import { turns } from './turn.js';

const PAGE = 'https://static.example/';
const LIST_URL = `${PAGE}fugitive.files`;
const [LISTED, UNLISTED, GONE, TWICE] = [`${PAGE}a.css`, `${PAGE}b.js`, `${PAGE}gone.css`, `${PAGE}twice.js`];
const TEXT = 'text of 21 characters';
const SHA224 = `sha224-${createHash('sha224').update(TEXT).digest('base64')}`;
const SHA256 = `sha256-${createHash('sha256').update(TEXT).digest('base64')}`;
const LIST = `fugitive files 1\n${['a.css', 'gone.css'].map((name, index) =>
  `${TEXT.length}\t${'0'.repeat(56)}\t${String(index).repeat(56)}\ttext/css\t${name}\n`).join('')}`;

/** An engine that answers each demand as the test says. */
class AnsweringWorker extends FakeWorker {
  static answer: (demand: number) => ToPage;

  override postMessage(message: ToWorker): void {
    super.postMessage(message);
    if (message.type !== 'input' || message.input.type !== 'demand') return;
    const { id } = message.input;
    setImmediate(() => this.say(AnsweringWorker.answer(id)));
  }
}

test('counts_each_file_that_only_http_brought', async (t) => {
  const site = await visited(t);
  await site.served();
  assert.deepEqual(await site.costs(LISTED), [1, 21], 'the engine has none');
  assert.deepEqual(await site.costs(`${LISTED}#top`), [1, 21]);
  assert.deepEqual(await site.costs(UNLISTED, { integrity: SHA224 }), [1, 21], 'it has a digest');
  site.answer((demand) => ({
    type: 'deliver', demand, bytes: new Uint8Array(3), sources: { origin: 0, seeder: 0, peer: 3, stored: 0 }, rate: 0,
  }));
  assert.deepEqual(await site.costs(LISTED), [1, 21], 'what peers gave is not what the list says');
  site.fetch.fugitive.pause();
  assert.deepEqual(await site.costs(LISTED), [1, 21]);
  assert.deepEqual(await site.costs(UNLISTED, { integrity: SHA224 }), [1, 21]);
});

test('counts_what_cannot_be_checked_or_found_here', async (t) => {
  const site = await visited(t);
  await site.served();
  const insecure = t.mock.getter(crypto, 'subtle', () => undefined);
  assert.deepEqual(await site.costs(LISTED, { integrity: SHA256 }), [1, 21], 'no digest can be computed');
  insecure.mock.restore();
  t.mock.method(crypto.subtle, 'digest', () => Promise.reject(new Error('busy')));
  site.answer((demand) => ({
    type: 'deliver', demand, bytes: new TextEncoder().encode(TEXT), sources: { origin: 0, seeder: 0, peer: 21, stored: 0 }, rate: 0,
  }));
  assert.deepEqual(await site.costs(UNLISTED, { integrity: `${SHA256} ${SHA224}` }), [1, 21], 'the browser fails at it');
  assert.deepEqual(await site.costs(TWICE, { integrity: `${SHA256} ${SHA224}` }), [1, 0], 'how long it is nobody says');
});

test('counts_what_came_before_a_late_list_once_that_tells_what_it_was', async (t) => {
  const site = await visited(t);
  site.fetch.fugitive.pause();
  assert.deepEqual(await site.costs(LISTED), [0, 0]);
  assert.deepEqual(await site.costs(UNLISTED), [0, 0]);
  site.fetch.fugitive.resume();
  await site.served();
  assert.deepEqual(site.plain(), { requests: 1, bytes: 21 });
});

test('counts_nothing_that_is_no_file_or_that_did_not_come', async (t) => {
  const site = await visited(t);
  await site.served();
  assert.deepEqual(await site.costs(UNLISTED), [0, 0], 'neither listed nor with a digest');
  assert.deepEqual(await site.costs(GONE), [0, 0], 'the server has none');
  assert.deepEqual(await site.costs(LISTED, { method: 'POST' }), [0, 0], 'nothing of peers');
  await assert.rejects(site.fetch(UNLISTED, { integrity: `sha224-${'A'.repeat(38)}==` }), TypeError);
  await assert.rejects(site.fetch(LISTED, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await turns();
  assert.deepEqual(site.plain(), { requests: 0, bytes: 0 });
});

/** A page of a site whose list has yet to come. */
async function visited(t: TestContext) {
  const nothing = () => undefined;
  AnsweringWorker.answer = (demand) => ({ type: 'decline', demand, reason: 'busy' });
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: PAGE, querySelectorAll: () => [] });
  const page = {
    Worker: AnsweringWorker, document, addEventListener: nothing, removeEventListener: nothing,
    navigator: { userAgent: '' }, location: new URL(PAGE),
  };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
  let serveList: () => void = nothing;
  const list = new Promise<Response>((resolve) => {
    serveList = () => resolve(Object.defineProperty(new Response(LIST), 'url', { value: LIST_URL }));
  });
  const own = (input: string | Request) => {
    if (typeof input === 'string') return list;
    if (input.url === GONE) return Promise.resolve(new Response(null, { status: 404 }));
    return Promise.resolve(new Response(TEXT, { headers: { 'Content-Length': input.url === TWICE ? '21, 21' : '21' } }));
  };
  t.mock.method(globalThis, 'fetch', own);
  const { createFetch } = await import('../fetch/create.js');
  const fetch: FugitiveFetch = createFetch({ signalingUrl: '/v1/ws', list: '/fugitive.files' });
  t.after(() => fetch.fugitive.destroy());
  const plain = () => fetch.fugitive.stats().plain;
  return {
    fetch, plain,
    answer: (how: typeof AnsweringWorker.answer) => { AnsweringWorker.answer = how; },
    /** The list comes, and the engine takes it. */
    served: async () => {
      serveList();
      await turns();
      FakeWorker.last.say({ type: 'ready', channels: 'yes' });
      FakeWorker.last.say({ type: 'event', event: { type: 'timelineUpdated', tracks: 1, live: false } });
      await turns();
    },
    /** Requests and bytes that a call adds to the plain ones. */
    costs: async (url: string, init?: RequestInit) => {
      const before = plain();
      await fetch(url, init);
      await turns();
      const after = plain();
      return [after.requests - before.requests, after.bytes - before.bytes];
    },
  };
}
