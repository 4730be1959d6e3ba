// Makes a `fetch` whose files come from other viewers of the site where they can. Whatever goes wrong with that, the
// browser's own `fetch` answers.

import { checkOptions } from '../check.js';
import { FugitiveOptionError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { Fallbacks } from './fallbacks.js';
import { isIntact, readIntegrity, type Integrity } from './integrity.js';
import { listed, named } from './known.js';
import type { ListedFile } from './list.js';
import { isOwn, isPlain } from './plain.js';
import { FileResponse, Source } from './response.js';
import { sha224 } from './sha224.js';
import { Site, type OwnFetch } from './site.js';

/** Who has compared what peers gave with the list: the engine does where it has the key that signed it. */
type Vouching = 'engine' | 'nobody';

/** What `createFetch` takes, beside the options of `attachFugitive` but for `start`. */
export interface FetchOptions extends Omit<FugitiveOptions, 'start' | 'swarm'> {
  /**
   * The site's list of files, as `fugitive-seeder sign --files` makes it: its address, as pages know it.
   * @default none: what is shared is what calls and elements give a `sha224-` of
   */
  list?: string | URL;
  /**
   * Names the swarm, as it was given to `sign`. 1 to 128 bytes.
   * @default host and path of the list's URL; without a list the page's host, and a slash
   */
  swarm?: string;
}

/** A drop-in for `fetch`. */
export interface FugitiveFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Counters, events, the viewer's consent, pauses, and the end: after `destroy()` the browser's own `fetch` answers. */
  readonly fugitive: Fugitive;
  /**
   * The URLs that the list names, once it is loaded and its signature checked, however long that takes, as in a pause; none
   * where it cannot be used.
   */
  files(): Promise<string[]>;
}

/**
 * Makes a `fetch` that takes files of the site's list, and those that have a `sha224-`, from other pages that have them.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 */
export function createFetch({ list, ...options }: FetchOptions): FugitiveFetch {
  const checked = checkOptions({ ...options, start: 'atOnce' }, document.baseURI);
  if (list !== undefined && (!list || !URL.canParse(String(list), document.baseURI))) {
    throw new FugitiveOptionError('list', 'the address of the list of files');
  }
  // An app may put what this returns in its place.
  const own: OwnFetch = globalThis.fetch.bind(globalThis);
  const site = new Site(checked, list && new URL(list, document.baseURI).href, own);
  const vouching: Vouching = checked.engine.digestKeys === undefined ? 'nobody' : 'engine';
  const fallbacks = new Fallbacks(site);
  const fugitiveFetch = async (...call: [input: RequestInfo | URL, init?: RequestInit]) => {
    const request = new Request(...call);
    const maybeShared = isPlain(request, document.baseURI);
    const shared = maybeShared ? await fetchShared(request, site, vouching) : undefined;
    if (shared !== undefined) return shared;
    const { response, bytes } = await fetchOwn(request, own);
    if (maybeShared && response.ok) void fallbacks.count(request, bytes);
    return response;
  };
  return Object.assign(fugitiveFetch, {
    fugitive: site.session,
    files: async () => (await site.loaded)?.urls ?? [],
  });
}

/** The response of what peers gave; undefined where the browser's own request has to do. Rejects only where it is aborted. */
async function fetchShared(request: Request, site: Site, vouching: Vouching): Promise<Response | undefined> {
  const { signal } = request;
  signal.throwIfAborted();
  try {
    const integrity = readIntegrity(request.integrity);
    const list = await unlessAborted(site.list(), signal);
    if (!canCheck(integrity)) return undefined;
    const inList = listed(request, integrity, list);
    const file = inList ?? named(request);
    if (file === undefined) return undefined;
    const { url, sha224, type } = file;
    const bytes = await site.get(inList === undefined ? { url, sha224 } : { url }, signal);
    // A file that its digest names was hashed by the engine; what an unsigned list has is hashed here, and was found by that digest.
    const isHashed = integrity?.algorithm === 'sha224' && (inList === undefined || vouching === 'nobody');
    const isRight = bytes !== undefined && (inList === undefined || await isAsListed(bytes, inList, vouching))
      && (integrity === undefined || isHashed || await isIntact(bytes, integrity));
    signal.throwIfAborted();
    if (isRight) return respond(bytes.slice(), type, request);
  } catch {
    signal.throwIfAborted();
  }
  return undefined;
}

/** Whether bytes are those of the list. What peers gave the engine has compared where it can; a server may send another page. */
async function isAsListed(bytes: ArrayBuffer, file: ListedFile, vouching: Vouching): Promise<boolean> {
  return bytes.byteLength === file.bytes && (vouching === 'engine' || await sha224(new Uint8Array(bytes)) === file.sha224);
}

/** Outside of secure contexts browsers compute no digest. */
function canCheck(integrity: Integrity | undefined): boolean {
  return integrity === undefined || integrity.algorithm === 'sha224' || crypto.subtle !== undefined;
}

/** The browser's own, which knows all algorithms but one, and how long it is: as its server says, where it was not read here. */
async function fetchOwn(request: Request, own: OwnFetch): Promise<{ response: Response; bytes: number }> {
  const integrity = readIntegrity(request.integrity);
  const response = await own(request);
  if (integrity?.algorithm !== 'sha224') return { response, bytes: Number(response.headers.get('Content-Length')) || 0 };
  const { url, type, status, statusText, redirected, headers } = response;
  const bytes = await response.arrayBuffer();
  if (type === 'opaque' || !await isIntact(bytes, integrity)) {
    throw new TypeError(`Failed to fetch: ${request.url} is not what its integrity says`);
  }
  const head = { url, type, status, statusText, redirected, headers };
  return { bytes: bytes.byteLength, response: new FileResponse(new Source(bytes, request.signal), head) };
}

function respond(bytes: ArrayBuffer, contentType: string, request: Request): Response {
  return new FileResponse(new Source(bytes, request.signal), {
    url: request.url.replace(/#.*$/, ''),
    type: isOwn(request, document.baseURI) ? 'basic' : 'cors',
    status: 200,
    statusText: 'OK',
    redirected: false,
    headers: { 'Content-Length': String(bytes.byteLength), 'Content-Type': contentType },
  });
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
