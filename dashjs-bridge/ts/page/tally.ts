// What is counted of a title: by the engine, of what the player fetched past it, and why.

import type { CheckedOptions } from '../check.js';
import type { CoreStats, SourceBytes } from '../core.js';
import type { FugitiveEvent } from '../events.js';
import type { FallbackReason, Offload, SwarmHealth } from '../figures.js';
import type { FugitiveStats } from '../fugitive.js';
import type { EngineStats } from './engine.js';

/** What `FugitiveStats` says of a title's bytes and links. */
type Figures = CoreStats & Pick<FugitiveStats, 'plain' | 'offload' | 'fallbacks' | 'links' | 'health'>;

export class Tally {
  readonly #least: number;
  /** How many peers the device has room for; it has yet to be judged. */
  #most = Infinity;
  #told: EngineStats = { stats: emptyStats(), links: [], signaling: 'connecting' };
  readonly #plain = { requests: 0, bytes: 0 };
  readonly #fallbacks: FugitiveStats['fallbacks'] = {};

  constructor(options: CheckedOptions) {
    this.#least = options.engine.minTargetPeers;
  }

  told(told: EngineStats): void {
    this.#told = told;
  }

  /** The counters stay as the engine told them last; its links are gone with it. */
  unlink(): void {
    this.#told = { ...this.#told, links: [], signaling: 'left' };
  }

  fetchedPlainly(bytes: number): void {
    this.#plain.requests += 1;
    this.#plain.bytes += bytes;
  }

  /** Takes in what the event says of HTTP in the place of peers, and of the device's limits. */
  note(event: FugitiveEvent): void {
    if (event.type === 'policyChanged') this.#most = event.limits.maxTargetPeers;
    if (event.type !== 'declined' && event.type !== 'rescued') return;
    this.count(typeof event.reason === 'string' ? event.reason : 'originFailed');
  }

  /** A segment came, or is to come, over HTTP in the place of peers. */
  count(reason: FallbackReason): void {
    this.#fallbacks[reason] = (this.#fallbacks[reason] ?? 0) + 1;
  }

  figures(): Figures {
    const { stats, links } = this.#told;
    return {
      ...stats,
      plain: { ...this.#plain },
      offload: this.#offload(),
      fallbacks: { ...this.#fallbacks },
      links,
      health: this.#health(),
    };
  }

  #offload(): Offload {
    const { received, delivered } = this.#told.stats;
    const { bytes } = this.#plain;
    const played = delivered.origin + delivered.seeder + delivered.peer + delivered.stored + bytes;
    if (played === 0) return { total: 0, seeder: 0, stored: 0, peers: 0 };
    const [seeder, stored] = [delivered.seeder / played, delivered.stored / played];
    const total = 1 - (received.origin + bytes) / played;
    return { total, seeder, stored, peers: total - seeder - stored };
  }

  #health(): SwarmHealth {
    const { stats: { demands, rescues }, links, signaling } = this.#told;
    return {
      linked: links.filter(({ state }) => state === 'linked').length,
      target: Math.min(this.#least, this.#most),
      onTime: demands === 0 ? 1 : 1 - rescues / demands,
      signaling,
    };
  }
}

const NO_BYTES: SourceBytes = { origin: 0, seeder: 0, peer: 0, stored: 0 };

/** The counters before the engine has told any. */
export function emptyStats(): CoreStats {
  return {
    received: NO_BYTES, delivered: NO_BYTES, uploaded: 0, peers: 0, seeders: 0, demands: 0, hits: 0, declined: 0,
    rescues: 0, verified: 0, corrupt: 0, duplicate: 0, claims: 0, lapsedClaims: 0, probes: 0, interests: 0, promises: 0,
    refused: 0, audits: 0, capable: 0, evicted: 0, introduced: 0, carried: 0, violations: 0, storedSegments: 0,
    storedBytes: 0, knownDigests: 0, digestGaps: 0, equivocations: 0, shelvedSegments: 0, shelvedBytes: 0,
    shelfReads: 0, shelfFaults: 0,
  };
}
