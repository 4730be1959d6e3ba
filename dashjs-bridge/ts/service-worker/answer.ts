// Answers a page's tags with files that a page of the site got from its peers. What no page answers in time comes from
// the network.

import { CACHES } from '../fetch/plain.js';
import { isOurs, MARK, type Call, type Offer } from './messages.js';
import { Pages } from './pages.js';
import { Reloads } from './reloads.js';
import type { FetchEvent, WorkerScope } from './scope.js';

/** What `answerFetches` takes; nothing must be given. */
export interface AnswerOptions {
  /** How long a page may take for a file before the network is asked, in milliseconds. @default 10000 */
  answerMs?: number;
  /**
   * How long images and fonts wait for a page to offer files at all, in milliseconds from a page's first: those of a page
   * that has just begun to load would be asked of the network before its script runs. Once some page offers files, none
   * waits, listed or not. Scripts and styles never wait, for the page's script waits for them.
   * @default 0
   */
  waitMs?: number;
  /**
   * When a new worker takes over. `atOnce`: pages that are open are its own as soon as it is installed, the page of a first
   * visit as well. `nextVisit`: as browsers have it, once no page of the worker before is left.
   * @default 'nextVisit'
   */
  control?: 'atOnce' | 'nextVisit';
}

/** What tags ask for; not what scripts fetch, the page's engine among them. */
const TAGS: readonly RequestDestination[] = ['font', 'image', 'script', 'style', 'track'];
/** Of those, what holds up neither the reading nor the showing of a page. */
const PATIENT: readonly RequestDestination[] = ['font', 'image'];

/**
 * Has pages of the site answer what tags ask for: scripts, styles, fonts, images, tracks. Call it once, while the
 * worker's script first runs; listeners of the app's own that come before may answer in its place.
 */
export function answerFetches({ answerMs = 10_000, waitMs = 0, control = 'nextVisit' }: AnswerOptions = {}): void {
  const scope = self as unknown as WorkerScope;
  const reloads = new Reloads(caches);
  const pages = new Pages(answerMs, reloads);
  if (control === 'atOnce') {
    scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));
    scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
  }
  scope.addEventListener('message', ({ data, ports: [port], source }) => {
    const { id } = source ?? {};
    if (!isOurs(data) || port === undefined || id === undefined) return;
    void reloads.known.then(() => pages.offered(id, data as Offer, port));
  });
  scope.addEventListener('fetch', (event) => {
    const { request, clientId } = event;
    // Of a page that is loaded anew Chromium validates the page itself alone, by design, and says so of no other request.
    if (request.mode === 'navigate' && !CACHES.includes(request.cache)) event.waitUntil(reloads.add(event.resultingClientId));
    if (!isOfTag(request, scope)) return;
    const [file = ''] = request.url.split('#');
    const patience = PATIENT.includes(request.destination) ? pages.patience(clientId, waitMs) : 0;
    if (patience > 0 || pages.has(file, clientId)) event.respondWith(answer(event, file, pages, patience));
  });
  void callForPages(scope);
}

function isOfTag({ method, destination, cache, headers, url }: Request, { location }: WorkerScope): boolean {
  return method === 'GET' && TAGS.includes(destination) && CACHES.includes(cache) && !headers.has('range')
    && url.startsWith(`${location.origin}/`);
}

async function answer({ request, clientId }: FetchEvent, url: string, pages: Pages, patienceMs: number): Promise<Response> {
  if (patienceMs > 0) await pages.arrival(patienceMs);
  const file = await pages.ask(url, clientId, request.integrity);
  if (file === undefined) return fetch(request);
  const { bytes, type } = file;
  return new Response(bytes, { headers: { 'Content-Type': type, 'Content-Length': String(bytes.byteLength) } });
}

/** The browser ends a worker that has nothing to do, and its pages with it from the worker's mind. */
async function callForPages({ clients }: WorkerScope): Promise<void> {
  for (const page of await clients.matchAll({ type: 'window', includeUncontrolled: true })) {
    page.postMessage({ fugitive: MARK } satisfies Call);
  }
}
