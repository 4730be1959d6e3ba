// What a beacon says of a viewer's session: keys of CMCD (CTA-5004) where it has them, our own beside them.

import type { CoreEvent } from '../core.js';
import type { Fugitive, FugitiveState } from '../fugitive.js';

/**
 * One report. Totals are since the title began, so that a report that is lost costs nothing but time. What is not known
 * is absent, and so are flags that are not set, as in CMCD.
 */
export interface BeaconSummary {
  /** Version of CMCD whose keys these are. */
  v: 1;
  /** The session, and the content as the site calls it. */
  sid: string;
  cid?: string;
  /** How the manifest is written: DASH or HLS; absent for files, which are not played and have neither `bl` nor `su`. */
  sf?: 'd' | 'h';
  /** Whether it is live or video on demand: known to a beacon that was started before the title's first manifest came. */
  st?: 'l' | 'v';
  /** Bitrate of the largest track that was delivered last, in kbit/s. */
  br?: number;
  /** Media ready ahead of the playhead, in milliseconds, to the next 100. */
  bl?: number;
  /** The buffer ran empty since the last report. */
  bs?: true;
  /** Nothing has been played yet. */
  su?: true;
  'com.fugitive-state': FugitiveState;
  /** Bytes that were played, by source. */
  'com.fugitive-origin': number;
  'com.fugitive-seeder': number;
  'com.fugitive-peer': number;
  'com.fugitive-stored': number;
  /** Bytes that were sent to others. */
  'com.fugitive-up': number;
  /** `Offload.total`, to three digits. */
  'com.fugitive-offload': number;
  /** Links that are up, and the median of their round trips in milliseconds. */
  'com.fugitive-links': number;
  'com.fugitive-rtt'?: number;
  /** How often HTTP had to do in the place of peers: a count for each reason that was met. */
  'com.fugitive-fallbacks': Readonly<Record<string, number>>;
  /** How often playback stalled, and for how long in milliseconds. */
  'com.fugitive-stalls': number;
  'com.fugitive-stalled': number;
}

type Delivered = Extract<CoreEvent, { type: 'segmentDelivered' }>;

/** Makes reports of what it hears and of the counters. */
export class Summarist {
  readonly #fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>;
  readonly #named: { sid: string; cid?: string };
  #live: boolean | undefined;
  #bitrate: { startMs: number; kbps: number } | undefined;
  /** Bytes that were played of the title by the last report. */
  #playedBefore = 0;
  #starved = false;
  readonly #onReady = () => this.#begin();
  readonly #onStalled = () => {
    this.#starved = true;
  };
  readonly #onDelivered = (event: Delivered) => this.#hear(event);
  readonly #onTimeline = ({ live }: { live: boolean }) => {
    this.#live = live;
  };

  constructor(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, named: { sid: string; cid?: string }) {
    this.#fugitive = fugitive;
    this.#named = named;
    fugitive.on('engineReady', this.#onReady);
    fugitive.on('stalled', this.#onStalled);
    fugitive.on('segmentDelivered', this.#onDelivered);
    fugitive.on('timelineUpdated', this.#onTimeline);
  }

  stop(): void {
    this.#fugitive.off('engineReady', this.#onReady);
    this.#fugitive.off('stalled', this.#onStalled);
    this.#fugitive.off('segmentDelivered', this.#onDelivered);
    this.#fugitive.off('timelineUpdated', this.#onTimeline);
  }

  /** The report of now; undefined while there is no title. */
  summary(): BeaconSummary | undefined {
    const stats = this.#fugitive.stats();
    const { delivered, plain, format, stalls } = stats;
    if (format === undefined) return undefined;
    const plays = format !== 'resources';
    const played = delivered.origin + delivered.seeder + delivered.peer + delivered.stored + plain.bytes;
    // Another title began, whose engine is yet to be ready.
    if (played < this.#playedBefore) this.#begin();
    this.#playedBefore = played;
    // What stalled last may be the title before.
    const starved = this.#starved && stalls > 0;
    this.#starved = false;
    const rtt = median(stats.links.flatMap(({ rttMs }) => rttMs ?? []));
    return {
      v: 1,
      ...this.#named,
      ...(plays && { sf: format === 'dash' ? 'd' : 'h' }),
      ...(this.#live !== undefined && { st: this.#live ? 'l' : 'v' }),
      ...(this.#bitrate !== undefined && { br: this.#bitrate.kbps }),
      ...(plays && { bl: Math.round(stats.bufferedMs / 100) * 100 }),
      ...(starved && { bs: true }),
      ...(plays && stats.positionMs === 0 && stats.bufferedMs === 0 && { su: true }),
      'com.fugitive-state': stats.state,
      'com.fugitive-origin': delivered.origin + plain.bytes,
      'com.fugitive-seeder': delivered.seeder,
      'com.fugitive-peer': delivered.peer,
      'com.fugitive-stored': delivered.stored,
      'com.fugitive-up': stats.uploaded,
      'com.fugitive-offload': Math.round(stats.offload.total * 1_000) / 1_000,
      'com.fugitive-links': stats.health.linked,
      ...(rtt !== undefined && { 'com.fugitive-rtt': rtt }),
      'com.fugitive-fallbacks': stats.fallbacks,
      'com.fugitive-stalls': stalls,
      'com.fugitive-stalled': stats.stalledMs,
    };
  }

  /** Forgets what it heard of the title before: each has an engine of its own, which tells of nothing until it is ready. */
  #begin(): void {
    this.#live = undefined;
    this.#bitrate = undefined;
    this.#playedBefore = 0;
  }

  /** Of segments that begin together the largest counts: sound goes beside the picture. */
  #hear({ startMs, durationMs, bytes }: Delivered): void {
    if (startMs === undefined || durationMs <= 0) return;
    const kbps = Math.round((8 * bytes) / durationMs);
    const known = this.#bitrate;
    const isBeside = known !== undefined && Math.abs(known.startMs - startMs) < durationMs;
    if (!isBeside || kbps > known.kbps) this.#bitrate = { startMs, kbps };
  }
}

function median(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
