// What `attachFugitive` returns.

import type { Allowance, CoreStats } from './core.js';
import type { EventOf, FugitiveEventType } from './events.js';
import type { FallbackReason, LinkFigures, Offload, SwarmHealth } from './figures.js';
import type { Format } from './page/format.js';

/**
 * `idle`: no title yet. `waiting`: for the title's first frame. `starting`: the engine loads. `running`: segments are shared.
 * `resting`: the engine failed three times in a row where the player did not; it gives what it has, and is asked again after 30 s.
 * `paused`: after `pause()`. `failed`: the engine is gone, the player uses its own HTTP. `destroyed`: after `destroy()`.
 * Event `stateChanged` tells of each change.
 */
export type FugitiveState = 'idle' | 'waiting' | 'starting' | 'running' | 'resting' | 'paused' | 'failed' | 'destroyed';

/**
 * Segments that the player fetched by itself, past the engine. Of a `fugitiveFetch`: files of the list, and those with a
 * `sha224-`, that peers might have given and the browser's own request brought.
 */
export interface PlainBytes {
  requests: number;
  bytes: number;
}

/** A snapshot of the counters, about a second old. Bytes and counts are since the title was attached. */
export interface FugitiveStats extends CoreStats {
  state: FugitiveState;
  /** Segments that the player fetched by itself; count them as origin. */
  plain: PlainBytes;
  /** How often the playhead ran out of media; waits at the start and after a seek are not counted. */
  stalls: number;
  /** How long it stood still for that, in milliseconds. A viewer's pause ends a stall; one after it is another. */
  stalledMs: number;
  /** Where the playhead is, and how much is ready ahead of it, in milliseconds; 0 before anything plays. */
  positionMs: number;
  bufferedMs: number;
  /** How the title's manifest is written, once there is one. */
  format: Format | undefined;
  /** What the viewer says of uploads; `ask` until `allowUploads`. Event `policyChanged` tells what holds in the end. */
  uploads: Allowance | 'ask';
  /** What was played without the origin. */
  offload: Offload;
  /** How often HTTP had to do, by reason; a reason that was not met is absent. A request that the player repeats counts anew. */
  fallbacks: Partial<Record<FallbackReason, number>>;
  /** All connections. */
  links: readonly LinkFigures[];
  health: SwarmHealth;
}

/** The plug-in of one player. */
export interface Fugitive {
  /** The counters. Cheap: the engine pushes them once a second. */
  stats(): FugitiveStats;
  /** Calls `listener` for each event of that tag; `*` for all. */
  on<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
  /** Undoes `on`. */
  off<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
  /**
   * The viewer's answer, which holds from now on, also for later titles; call it again when they change their mind. With
   * `off` what waited to be sent is not sent, and what is neither is `off`. Nothing is remembered beyond the page: that is the app's.
   */
  allowUploads(answer: Allowance): void;
  /**
   * Stops P2P and keeps the title: links are closed, signaling is left, and the player fetches for itself. Segments
   * stay in memory. Holds for later titles as well, which load no engine until `resume()`. May be called again.
   */
  pause(): void;
  /** Joins the swarm again, with what is in memory. May be called again. */
  resume(): void;
  /** Leaves the swarm and closes all links. The player goes on over its own HTTP. May be called again. */
  destroy(): void;
}
