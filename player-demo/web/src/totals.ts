// What a page has come to over all titles: the plug-in counts anew when a player is started over, which is another title.

import type { FugitiveStats, SourceBytes } from 'fugitive-dashjs';

/** What only grows while a title is played. */
type Counts = Pick<FugitiveStats, 'delivered' | 'received' | 'plain' | 'stalls' | 'stalledMs' | 'uploaded' | 'verified' | 'corrupt'>;

export class Totals {
  #before: Counts = NOTHING;
  #last: Counts = NOTHING;

  /**
   * The counters with those of the titles before. To be called often: a title that has come to as much as the one before
   * it in everything, between two calls, is taken for the same.
   */
  with(stats: FugitiveStats): FugitiveStats {
    if (isAnew(stats, this.#last)) this.#before = sum(this.#before, this.#last);
    this.#last = stats;
    return { ...stats, ...sum(this.#before, stats) };
  }
}

const NO_BYTES: SourceBytes = { origin: 0, seeder: 0, peer: 0, stored: 0 };
const NOTHING: Counts = {
  delivered: NO_BYTES, received: NO_BYTES, plain: { requests: 0, bytes: 0 }, stalls: 0, stalledMs: 0, uploaded: 0, verified: 0,
  corrupt: 0,
};

/** Whether one of the counters is less than it was. A title that ended in a stall is told by that alone. */
function isAnew(now: Counts, last: Counts): boolean {
  return flat(now).some((count, at) => count < (flat(last)[at] ?? 0));
}

function flat({ delivered, received, plain, stalls, stalledMs, uploaded, verified, corrupt }: Counts): number[] {
  return [...bytesOf(delivered), ...bytesOf(received), plain.requests, plain.bytes, stalls, stalledMs, uploaded, verified, corrupt];
}

function bytesOf({ origin, seeder, peer, stored }: SourceBytes): number[] {
  return [origin, seeder, peer, stored];
}

function sum(one: Counts, other: Counts): Counts {
  return {
    delivered: sumBytes(one.delivered, other.delivered),
    received: sumBytes(one.received, other.received),
    plain: { requests: one.plain.requests + other.plain.requests, bytes: one.plain.bytes + other.plain.bytes },
    stalls: one.stalls + other.stalls,
    stalledMs: one.stalledMs + other.stalledMs,
    uploaded: one.uploaded + other.uploaded,
    verified: one.verified + other.verified,
    corrupt: one.corrupt + other.corrupt,
  };
}

function sumBytes(one: SourceBytes, other: SourceBytes): SourceBytes {
  return {
    origin: one.origin + other.origin,
    seeder: one.seeder + other.seeder,
    peer: one.peer + other.peer,
    stored: one.stored + other.stored,
  };
}
