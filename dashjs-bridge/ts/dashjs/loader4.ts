// dash.js 4's XHRLoader and FetchLoader, with segments answered by the engine. Everything else, and whatever the
// engine declines, goes to dash.js's own load. Invariant: a load ends once, and never in a failure that dash.js's own
// HTTP would not have had.

import type { Delivered, WishOrReason } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { absolute, COMPLETE_AFTER_MS, hasOwnHeaders, headersOf, rangeOf } from '../page/url.js';
import type { FragmentRequest4, Load4, Loader4 } from './loading4.js';
import type { ExtensionScope } from './loading.js';
import { isManifest, isSegment, positionOf, sizeOf } from './request.js';

/** For `player.extend(name, ..., true)` of dash.js 4. */
export function loaderExtension4(session: Session, now: () => number) {
  return function extension(this: ExtensionScope<Loader4>): Loader4 {
    const { load: loadPlainly, abort: abortPlainly } = this.parent;
    const waiting = new Map<Load4, () => void>();
    const plainly = (load: Load4, wish: WishOrReason) => {
      // dash.js keeps what a try before this one left there.
      load.request.bytesLoaded = NaN;
      watch(session, load, wish);
      loadPlainly(load);
    };
    return {
      load(load: Load4): void {
        const wish = wishOf(load, now());
        if (!session.asks(wish)) return plainly(load, wish);
        const cancel = session.demand(wish, load.timeout, (answer) => {
          if (!waiting.delete(load)) return;
          if (answer.type === 'declined') plainly(load, wish);
          else deliver(answer, load);
        });
        waiting.set(load, cancel);
        // dash.js takes its handlers off what answers, before it aborts.
        load.response = { status: 0, statusText: '', response: null };
      },
      abort(load: Load4): void {
        const cancel = waiting.get(load);
        if (cancel === undefined) return abortPlainly(load);
        waiting.delete(load);
        cancel();
        load.onabort();
      },
    };
  };
}

/** Puts what the session is told before dash.js's own end of a load over HTTP. */
function watch(session: Session, load: Load4, wish: WishOrReason): void {
  const { request, onload } = load;
  const url = absolute(load.url, document.baseURI);
  if (url === undefined || !(isManifest(request) || isSegment(request))) return;
  load.onload = () => {
    const { status = 0, response, responseURL, getAllResponseHeaders } = load.response ?? {};
    if (status >= 200 && status <= 299) {
      session.responded(headersOf(getAllResponseHeaders?.call(load.response) ?? ''));
      if (isSegment(request)) session.fetchedPlainly(sizeOf(request, response), wish);
      else if (typeof response === 'string') session.manifestLoaded({ asked: url, url: responseURL || url, text: response });
    }
    onload.call(load.response);
  };
}

function wishOf({ url, method, headers, withCredentials, request }: Load4, nowMs: number): WishOrReason {
  if (!isSegment(request)) return undefined;
  // The engine's own requests carry no headers or cookies of the player, and a segment that grows is dash.js's to stream.
  if (hasOwnHeaders(headers) || withCredentials === true || method !== 'GET') return 'ownHeaders';
  if (!isComplete(request, nowMs)) return 'growing';
  const range = rangeOf(request.range);
  const full = absolute(url, document.baseURI);
  if (range === 'unreadable') return 'range';
  if (full === undefined) return undefined;
  const position = positionOf(request, request.representationId || undefined, request.mediaInfo);
  return { url: full, ...(range !== undefined && { range }), ...(position !== undefined && { position }) };
}

/**
 * Whether the origin has the whole segment; one that still grows is dash.js's own to stream. The request's own date is that
 * of the segment's first bytes, and does not say how long before its end that is.
 */
function isComplete(request: FragmentRequest4, nowMs: number): boolean {
  const { availabilityTimeComplete, startTime = NaN, duration = NaN, mediaInfo } = request;
  const { isDynamic, availableFrom } = mediaInfo?.streamInfo?.manifestInfo ?? {};
  if (availabilityTimeComplete !== false || isDynamic === false) return true;
  return (availableFrom?.getTime() ?? NaN) + (startTime + duration) * 1_000 + COMPLETE_AFTER_MS <= nowMs;
}

function deliver({ bytes, rate }: Delivered, load: Load4): void {
  const { request } = load;
  reportThroughput(load, bytes.byteLength, rate);
  load.response = {
    status: request.range ? 206 : 200, statusText: 'OK', responseURL: request.url, response: bytes,
    getAllResponseHeaders: () => '',
  };
  load.onload.call(load.response);
  load.onend();
}

/**
 * dash.js 4 divides the bytes by the time from the first byte to the end, and leaves out what has no trace. Both dates
 * are set, for the latency between them counts too, and the first is written anew at the end of each load.
 */
function reportThroughput({ request, progress }: Load4, size: number, bitsPerSecond: number): void {
  const whole = { loaded: size, total: size, lengthComputable: true };
  if (!(bitsPerSecond > 0)) return progress({ ...whole, noTrace: true });
  const ms = (size * 8_000) / bitsPerSecond;
  const first = Date.now() - Math.round(ms);
  request.firstByteDate = new Date(first);
  const started = new Date(first - 1);
  Object.defineProperty(request, 'requestStartDate', {
    configurable: true, enumerable: true, get: () => started, set: () => undefined,
  });
  progress({ ...whole, time: ms });
}
