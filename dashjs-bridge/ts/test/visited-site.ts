// A page of a site, with an engine and a server that answer as a test says.

import type { TestContext } from 'node:test';
import type { FetchOptions, FugitiveFetch } from '../fetch/create.js';
import type { ToPage, ToWorker } from '../messages.js';
import { FakeWorker } from './fake-worker.js';
import { turns } from './turn.js';

export const PAGE = 'https://static.example/';
/** What the server has at each URL but one, and says the length of but of another. */
export const TEXT = 'text of 21 characters';
export const [GONE, TWICE] = [`${PAGE}gone.css`, `${PAGE}twice.js`];
const LIST_URL = `${PAGE}fugitive.files`;

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

/** What the engine says that has a file of that text. */
export function delivering(text: string): (demand: number) => ToPage {
  const sources = { origin: 0, seeder: 0, peer: text.length, stored: 0 };
  return (demand) => ({ type: 'deliver', demand, bytes: new TextEncoder().encode(text), sources, rate: 0 });
}

/** A page of a site whose list, of that text, has yet to come. */
export async function visited(t: TestContext, text: string, options: Pick<FetchOptions, 'digestKey'> = {}) {
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
    serveList = () => resolve(Object.defineProperty(new Response(text), 'url', { value: LIST_URL }));
  });
  const own = (input: string | Request) => {
    if (typeof input === 'string') return list;
    if (input.url === GONE) return Promise.resolve(new Response(null, { status: 404 }));
    return Promise.resolve(new Response(TEXT, { headers: { 'Content-Length': input.url === TWICE ? '21, 21' : '21' } }));
  };
  t.mock.method(globalThis, 'fetch', own);
  const { createFetch } = await import('../fetch/create.js');
  const fetch: FugitiveFetch = createFetch({ signalingUrl: '/v1/ws', list: '/fugitive.files', ...options });
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
