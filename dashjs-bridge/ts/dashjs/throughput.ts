// Makes the throughput that dash.js 5 computes of a delivery the rate that the engine can keep up, and not the time
// in which a stored segment was handed over. dash.js computes it in one of three ways, by its settings and by the
// loader; all three are fed here.

import type { LoadRequest } from './loading.js';
import type { PlayerSettings } from './player.js';

/** dash.js 5.2 asks for this much before it takes an answer for one of the network, in milliseconds. */
const CACHE_THRESHOLDS_MS = { video: 50, audio: 5 } as const;
/** For a trace that counts nothing: dash.js would take the wall clock's time for a zero. */
const NEXT_TO_NO_TIME_MS = 1e-6;

/**
 * Reports `size` bytes at `bitsPerSecond`; zero where there is no telling, and dash.js is to learn nothing from it.
 * To be called once per load, right before its end.
 */
export function reportThroughput({ customData }: LoadRequest, size: number, bitsPerSecond: number): void {
  const known = bitsPerSecond > 0;
  const ms = known ? (size * 8_000) / bitsPerSecond : 1;
  const values = {
    responseStart: 0,
    responseEnd: ms,
    // "Nothing was transferred" is dash.js's word for an answer out of a cache.
    transferSize: known ? size : 0,
    decodedBodySize: size,
    encodedBodySize: size,
  };
  // dash.js looks for an entry of the page's timeline by URL right after this, and would put one of an earlier, plain
  // request in its place.
  Object.defineProperty(customData.request, 'resourceTimingValues', {
    configurable: true, enumerable: true, get: () => values, set: () => undefined,
  });
  const whole = { loaded: size, total: size, lengthComputable: true };
  if (!known) return customData.onprogress?.({ ...whole, noTrace: true });
  // Without the timing API dash.js leaves the first trace out, for the latency that is in it. That of a total of zero
  // is not taken for the first byte's.
  customData.onprogress?.({ loaded: 0, total: 0, lengthComputable: true, time: NEXT_TO_NO_TIME_MS });
  customData.onprogress?.({ ...whole, time: ms });
}

/** Takes the report of an earlier answer back: the next one is of dash.js's own request. */
export function forgetThroughput({ customData: { request } }: LoadRequest): void {
  delete request.resourceTimingValues;
}

/**
 * How long an answer must seem to have taken to be counted, in milliseconds. Zero as long as dash.js reads resource
 * timings: those it believes.
 */
export function shortestMs({ customData: { request } }: LoadRequest, { streaming }: PlayerSettings): number {
  if (request.type !== 'MediaSegment' || streaming?.abr?.throughput?.useResourceTimingApi !== false) return 0;
  const { mediaType } = request;
  if (mediaType !== 'video' && mediaType !== 'audio') return 0;
  return streaming.cacheLoadThresholds?.[mediaType] ?? CACHE_THRESHOLDS_MS[mediaType];
}
