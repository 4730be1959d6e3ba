// Which of dash.js 5's requests are for the engine, and what each asks for.

import type { Wish, WishOrReason } from '../page/engine.js';
import { absolute, COMPLETE_AFTER_MS, hasOwnHeaders, rangeOf, SHARED_TYPES } from '../page/url.js';
import type { FragmentRequest, LoadRequest, MediaInfo } from './loading.js';

const MEDIA = 'MediaSegment';
const INIT = 'InitializationSegment';
/** A request of MSS that dash.js never aborts: a seek does not make it needless. */
export const MSS_INFO = 'FragmentInfoSegment';

export function isSegment({ type, mediaType }: Pick<FragmentRequest, 'type' | 'mediaType'>): boolean {
  return (type === MEDIA || type === INIT) && SHARED_TYPES.includes(mediaType);
}

/** How long a segment was. Of one that was given to the player while it came, the rest alone is left as its data. */
export function sizeOf({ bytesLoaded = NaN }: { bytesLoaded?: number }, data: unknown): number {
  if (Number.isFinite(bytesLoaded)) return bytesLoaded;
  return data instanceof ArrayBuffer ? data.byteLength : 0;
}

export function isManifest({ type }: Pick<FragmentRequest, 'type'>): boolean {
  return type === 'MPD';
}

/** What to ask of the engine, or why only the player's own request can be right. */
export function wishOf(load: LoadRequest, page: string, nowMs: number): WishOrReason {
  const { request } = load.customData;
  if (!isSegment(request)) return undefined;
  if (!isPlainGet(load)) return 'ownHeaders';
  if (request.isPartialSegmentRequest === true || !isComplete(request, nowMs)) return 'growing';
  const range = rangeOf(request.range);
  if (range === 'unreadable') return 'range';
  const position = positionOf(request, request.representation?.id, request.representation?.mediaInfo);
  const url = absolute(load.url, page);
  if (url === undefined) return undefined;
  return {
    url,
    ...(range !== undefined && { range }),
    ...(position !== undefined && { position }),
  };
}

/** The engine's own requests carry no headers or cookies of the player. */
function isPlainGet({ method, body, headers, credentials }: LoadRequest): boolean {
  return method === 'GET' && !body && credentials !== 'include' && !hasOwnHeaders(headers);
}

/**
 * Whether the origin has the whole segment. Low-latency streams ask for segments that still grow; those are
 * dash.js's own to stream.
 */
function isComplete({ availabilityStartTime, representation }: FragmentRequest, nowMs: number): boolean {
  const offsetS = representation?.availabilityTimeOffset ?? 0;
  if (!(availabilityStartTime instanceof Date) || offsetS === 0) return true;
  return availabilityStartTime.getTime() + offsetS * 1_000 + COMPLETE_AFTER_MS <= nowMs;
}

/**
 * Where in the title a request is, for the engine to compare; `representation` is its id. Undefined where the request does
 * not say: subtitles in one file are asked for as if that were an init segment.
 */
export function positionOf(
  { type, startTime }: Pick<FragmentRequest, 'type' | 'startTime'>, representation: string | undefined,
  mediaInfo: MediaInfo | null | undefined,
): Wish['position'] {
  if (representation === undefined || (type === INIT && mediaInfo?.isFragmented === false)) return undefined;
  if (type === INIT) return { representation, kind: 'init', startMs: 0 };
  if (startTime === undefined || !Number.isFinite(startTime)) return undefined;
  return { representation, kind: 'media', startMs: startTime * 1_000 };
}
