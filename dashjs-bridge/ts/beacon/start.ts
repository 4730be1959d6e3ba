// Sends reports of a viewer's session at an interval, and when the page goes or is hidden. It never throws, and keeps nothing:
// a report that cannot be sent is lost, and the next says all that it would have.

import { hexText } from '../encoding.js';
import { FugitiveOptionError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import { Summarist, type BeaconSummary } from './summary.js';

/** What `startBeacon` takes beside the Fugitive: `url`, `send`, or both. */
export interface BeaconOptions {
  /** Reports go there as JSON by `navigator.sendBeacon`: a POST of `text/plain`, which needs no preflight. @default none */
  url?: string | URL;
  /** Gets each report. What it throws, or rejects with, is told to the console and nobody else. @default none */
  send?: (summary: BeaconSummary) => unknown;
  /** How often, in milliseconds. 1000 to 3600000. @default 30000 */
  everyMs?: number;
  /** The content as the site calls it, in CMCD's `cid`: up to 64 characters. @default absent */
  cid?: string;
  /** The session, in CMCD's `sid`: up to 64 characters. @default a random UUID */
  sid?: string;
}

/** A beacon that runs. */
export interface Beacon {
  /** Sends a report now, if there is a title. */
  flush(): void;
  /** Sends a last report, and no more. May be called again. */
  stop(): void;
}

/** What a beacon uses of the page. @internal */
export interface BeaconWorld {
  addEventListener(type: 'pagehide', listener: () => void): void;
  removeEventListener(type: 'pagehide', listener: () => void): void;
  document: Pick<Document, 'visibilityState'> & Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;
  navigator: { sendBeacon?(url: string | URL, body: string): boolean };
  crypto: Pick<Crypto, 'getRandomValues'>;
  reportError(error: unknown): void;
}

const DEFAULT_PERIOD_MS = 30_000;
const PERIOD_RANGE_MS = [1_000, 3_600_000] as const;
/** CMCD's limit of `sid` and `cid`. */
const MAX_ID_CHARACTERS = 64;

/**
 * Reports to the site's own analytics how `fugitive` serves its viewer. Nothing of it goes anywhere else.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 */
export function startBeacon(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, options: BeaconOptions): Beacon {
  return beaconIn(globalThis as unknown as BeaconWorld, fugitive, options);
}

/** The same in a world of the caller's. @internal */
export function beaconIn(
  world: BeaconWorld, fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, options: BeaconOptions,
): Beacon {
  check(options);
  const { url, send, everyMs = DEFAULT_PERIOD_MS, cid, sid = randomId(world.crypto) } = options;
  const summarist = new Summarist(fugitive, { sid, ...(cid !== undefined && { cid }) });
  let runs = true;
  const flush = () => {
    if (!runs) return;
    const attempt = async () => {
      const summary = summarist.summary();
      if (summary === undefined) return;
      if (url !== undefined) world.navigator.sendBeacon?.(url, JSON.stringify(summary));
      await send?.(summary);
    };
    attempt().catch((error: unknown) => world.reportError(error));
  };
  // A phone may end a page in the background without another word. Who goes is hidden as well: that is one report.
  let isLeft = false;
  const leave = () => {
    if (!isLeft) flush();
    isLeft = true;
  };
  const turn = () => {
    if (world.document.visibilityState === 'hidden') leave();
    else isLeft = false;
  };
  const timer = setInterval(flush, everyMs);
  world.addEventListener('pagehide', leave);
  world.document.addEventListener('visibilitychange', turn);
  const stop = () => {
    if (!runs) return;
    flush();
    runs = false;
    clearInterval(timer);
    world.removeEventListener('pagehide', leave);
    world.document.removeEventListener('visibilitychange', turn);
    summarist.stop();
  };
  return { flush, stop };
}

function check({ url, send, everyMs = DEFAULT_PERIOD_MS, cid = '', sid = ' ' }: BeaconOptions): void {
  if (url === undefined && typeof send !== 'function') throw new FugitiveOptionError('url', 'given, or option send');
  const [least, most] = PERIOD_RANGE_MS;
  if (!(everyMs >= least && everyMs <= most)) throw new FugitiveOptionError('everyMs', `from ${least} to ${most}`);
  for (const [name, id] of [['cid', cid], ['sid', sid]] as const) {
    if (id.length > MAX_ID_CHARACTERS) throw new FugitiveOptionError(name, `at most ${MAX_ID_CHARACTERS} characters`);
  }
}

/** A UUID (RFC 9562, version 4). `crypto.randomUUID` is not there on pages without https. */
function randomId(crypto: BeaconWorld['crypto']): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
