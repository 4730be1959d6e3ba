import type { CoreStats } from './core.js';
import type { EventOf, FugitiveEventType } from './events.js';
/**
 * `idle`: no title yet. `waiting`: for the title's first frame. `starting`: the engine loads. `running`: segments are shared.
 * `failed`: the engine is gone, the player uses its own HTTP. `destroyed`: after `destroy()`.
 */
export type FugitiveState = 'idle' | 'waiting' | 'starting' | 'running' | 'failed' | 'destroyed';
/** Segments that the player fetched by itself, past the engine. */
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
    /** How long it stood still, in milliseconds. */
    stalledMs: number;
}
/** The plug-in of one player. */
export interface Fugitive {
    /** The counters. Cheap: the engine pushes them once a second. */
    stats(): FugitiveStats;
    /** Calls `listener` for each event of that tag; `*` for all. */
    on<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
    /** Undoes `on`. */
    off<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
    /** Leaves the swarm and closes all links. The player goes on over its own HTTP. May be called again. */
    destroy(): void;
}
