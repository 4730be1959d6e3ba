// What an app may learn of a running Fugitive beyond the engine's own counters.

import type { DeclineReason } from './core.js';

/** One connection to another viewer or a seeder, as of the last second. */
export interface LinkFigures {
  peer: string;
  /** `linked`: past the handshake. Until then nobody knows whether it is a seeder. */
  state: 'connecting' | 'linked';
  seeder: boolean;
  /** The round trip in milliseconds; measured 5 s after the link is up and every 60 s, where the browser tells it. */
  rttMs?: number;
  /** Bytes that came and went since the link was made, of segments and of the protocol. */
  down: number;
  up: number;
  /** Bytes per second, over the last second. */
  downRate: number;
  upRate: number;
}

/**
 * `connecting`: on the way in. `joined`: others can be found. `lost`: it is tried again. `left`: nobody is looked for,
 * because there are peers enough, or while P2P is paused. `switchedOff`: signaling's operator has this viewer do without
 * peers; it asks again later.
 */
export type SignalingState = 'connecting' | 'joined' | 'lost' | 'left' | 'switchedOff';

/** Which part of what was played did not come from the origin. From 0 to 1, but for what `total` says. */
export interface Offload {
  /**
   * 1 less the origin's bytes per byte played. Below 0 where more came from the origin than was played: what is fetched
   * ahead, or for others, counts as well.
   */
  total: number;
  /** Seeders' part of what was played. */
  seeder: number;
  /** The part of what was played that an earlier visit had left in the browser's store. */
  stored: number;
  /** The rest: what other viewers have spared the origin. */
  peers: number;
}

/** How well the swarm serves this page. */
export interface SwarmHealth {
  /** Links that are up. */
  linked: number;
  /** How many are looked for at the least: `minTargetPeers`, or all that the device may have. What signaling asks for may differ. */
  target: number;
  /** The part of the player's demands that needed no HTTP because peers were late or gone; 1 before the first. */
  onTime: number;
  signaling: SignalingState;
}

/** Why the engine left a segment to the player's own HTTP. */
export type DeclinedReason =
  | DeclineReason
  /** The title has shown no frame yet, after which the engine is loaded. */
  | 'waiting'
  /** The engine is not loaded yet. */
  | 'starting'
  /** `pause()` was called. */
  | 'paused'
  /** The engine died, or the title was closed. */
  | 'engineGone'
  /** The engine took longer than the player would give a request of its own. */
  | 'late';

/** Why the engine was not even asked for a segment; there is no event of it. */
export type UnaskedReason =
  /** The request has headers, cookies, a method or a body of the app's own, which the engine's would lack. */
  | 'ownHeaders'
  /** Low latency: the segment is still being written, or a part of one is asked for. */
  | 'growing'
  /** A byte range that is not from a first to a last byte, or that the app has put into a header. */
  | 'range'
  /** No manifest of the title came past the package. */
  | 'idle'
  /** The engine failed three times in a row where the player did not: it is not asked for 30 s. */
  | 'resting'
  /** The title has shown no frame yet, after which the engine is loaded. */
  | 'waiting'
  /** The engine is not loaded yet. */
  | 'starting'
  /** `pause()` was called. */
  | 'paused'
  /** The engine died, or `destroy()` was called. */
  | 'engineGone';

/**
 * Every reason for HTTP in the place of peers: a word for each reason of the events `declined` and `rescued`, and those of
 * requests that the engine was not asked for.
 */
export type FallbackReason = Extract<DeclinedReason, string> | UnaskedReason | 'originFailed' | 'deadline' | 'noPeerLeft';
