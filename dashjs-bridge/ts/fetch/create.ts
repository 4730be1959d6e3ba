// Makes a `fetch` whose files come from other viewers of the site where they can. Whatever goes wrong with that, the
// browser's own `fetch` answers.

import { checkOptions } from '../check.js';
import { FugitiveOptionError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { digestsAt } from './attributes.js';
import { isIntact, readIntegrity, type Integrity } from './integrity.js';
import type { FileList, ListedFile } from './list.js';
import { isOwn, isPlain } from './plain.js';
import { FileResponse, Source } from './response.js';
import { Site } from './site.js';

/** What `createFetch` takes. */
export interface FetchOptions extends Omit<FugitiveOptions, 'start' | 'swarm'> {
  /** The site's list of files, as `fugitive-seeder sign --files` makes it: its address, as pages know it. */
  list: string | URL;
  /** Names the swarm, as it was given to `sign`. 1 to 128 bytes. @default host and path of the list's URL */
  swarm?: string;
}

/** A drop-in for `fetch`. */
export interface FugitiveFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Counters, events, the viewer's consent, pauses, and the end: after `destroy()` the browser's own `fetch` answers. */
  readonly fugitive: Fugitive;
  /** The URLs that the list names, once it is loaded and its signature checked; none where it cannot be used. */
  files(): Promise<string[]>;
}

/**
 * Makes a `fetch` that takes files of the site's list from other pages that have them.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 */
export function createFetch({ list, ...options }: FetchOptions): FugitiveFetch {
  const checked = checkOptions({ ...options, start: 'atOnce' }, document.baseURI);
  if (!list || !URL.canParse(String(list), document.baseURI)) {
    throw new FugitiveOptionError('list', 'the address of the list of files');
  }
  const site = new Site(checked, new URL(list, document.baseURI).href);
  const fugitiveFetch = async (...call: [input: RequestInfo | URL, init?: RequestInit]) => {
    const request = new Request(...call);
    return isPlain(request, document.baseURI) ? fetchShared(request, site) : fetchOwn(request);
  };
  return Object.assign(fugitiveFetch, {
    fugitive: site.session,
    files: async () => (await site.list)?.urls ?? [],
  });
}

async function fetchShared(request: Request, site: Site): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  const integrity = readIntegrity(request.integrity);
  const file = find(request, integrity, await unlessAborted(site.list, signal));
  if (file === undefined || !canCheck(integrity)) return fetchOwn(request, integrity);
  const bytes = await site.get(file.url, signal);
  if (bytes !== undefined && (integrity === undefined || await isIntact(bytes, integrity))) {
    return respond(bytes.slice(), file, request);
  }
  site.session.fetchedPlainly(file.bytes);
  return fetchOwn(request, integrity);
}

/** The listed file that a request means: of the digests that it, or an element of the page, gives; or at its URL. */
function find(
  { url }: Request, integrity: Integrity | undefined, list: FileList | undefined,
): ListedFile | undefined {
  if (list === undefined) return undefined;
  if (integrity?.algorithm === 'sha224') return list.like(integrity.digests);
  return list.at(url) ?? list.like(digestsAt(url, document));
}

/** Outside of secure contexts browsers compute no digest. */
function canCheck(integrity: Integrity | undefined): boolean {
  return integrity === undefined || integrity.algorithm === 'sha224' || crypto.subtle !== undefined;
}

/** The browser's own, which knows all algorithms but one. */
async function fetchOwn(request: Request, integrity = readIntegrity(request.integrity)): Promise<Response> {
  const response = await fetch(request);
  if (integrity?.algorithm !== 'sha224') return response;
  const { url, type, status, statusText, redirected, headers } = response;
  const bytes = await response.arrayBuffer();
  if (type === 'opaque' || !await isIntact(bytes, integrity)) {
    throw new TypeError(`Failed to fetch: ${request.url} is not what its integrity says`);
  }
  return new FileResponse(new Source(bytes, request.signal), { url, type, status, statusText, redirected, headers });
}

function respond(bytes: ArrayBuffer, file: ListedFile, request: Request): Response {
  return new FileResponse(new Source(bytes, request.signal), {
    url: request.url.replace(/#.*$/, ''),
    type: isOwn(request, document.baseURI) ? 'basic' : 'cors',
    status: 200,
    statusText: 'OK',
    redirected: false,
    headers: { 'Content-Length': String(bytes.byteLength), 'Content-Type': file.type },
  });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
