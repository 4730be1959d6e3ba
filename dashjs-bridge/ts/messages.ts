// What page and Worker say to each other. Bytes and channels travel as transferables.

import type { CoreConfig, CoreEvent, CoreInput, CoreOutput, CoreStats, DeclineReason, SourceBytes } from './core.js';
import type { HostEvent } from './events.js';

/** From the page to the Worker. */
export type ToWorker =
  /** Load the engine. The first message, sent once. */
  | { type: 'start'; config: CoreConfig; wasmUrl?: string }
  /** Something happened on the page. */
  | { type: 'input'; input: CoreInput }
  /** A data channel, transferred; the Worker serves it from now on. */
  | { type: 'channel'; peer: string; channel: RTCDataChannel }
  /** Answer with `pong`. */
  | { type: 'ping' }
  /** Leave the swarm, then answer with `stopped`. */
  | { type: 'stop' };

/** What the engine asks of the page's connections. */
export type LinkOutput = Extract<CoreOutput, {
  type: 'createOffer' | 'acceptOffer' | 'acceptAnswer' | 'addCandidate' | 'send' | 'disconnect';
}>;

/** From the Worker to the page. */
export type ToPage =
  | { type: 'ready' }
  | { type: 'link'; output: LinkOutput }
  | { type: 'deliver'; demand: number; bytes: Uint8Array<ArrayBuffer>; sources: SourceBytes; rate: number }
  | { type: 'decline'; demand: number; reason: DeclineReason }
  | { type: 'event'; event: CoreEvent | HostEvent }
  | { type: 'stats'; stats: CoreStats }
  | { type: 'pong' }
  /** The engine cannot go on; nothing follows. */
  | { type: 'failed'; reason: string }
  | { type: 'stopped' };
