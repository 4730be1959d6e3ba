// What page and Worker say to each other. Bytes and channels travel as transferables.

import type { Readiness } from './channel.js';
import type { CoreConfig, CoreEvent, CoreInput, CoreOutput, CoreStats, DeclineReason, Hints, SourceBytes } from './core.js';
import type { HostEvent } from './events.js';
import type { LinkFigures, SignalingState } from './figures.js';
import type { Format } from './page/format.js';
import type { StoreSettings } from './worker/store.js';

/** What signaling is told of this page when it joins. */
export interface Admission { token?: string; hints: Hints }

/** P2P pauses: links are closed, signaling is left, the rest is kept. Or it goes on. Apps hear it in these words, too. */
export type SharingTurn = Extract<HostEvent, { type: 'sharingPaused' | 'sharingResumed' }>;

/** From the page to the Worker. */
export type ToWorker =
  /** Load the engine that reads that format. The first message, sent once. */
  | { type: 'start'; format: Format; config: CoreConfig; wasmUrl?: string; store?: StoreSettings }
  /** Something happened on the page; with the number of the link, if it is of one. */
  | { type: 'input'; input: CoreInput; link?: number | undefined }
  /** A data channel, transferred; the Worker serves it from now on. */
  | { type: 'channel'; peer: string; link: number; channel: RTCDataChannel; readiness: Readiness }
  /** The answer to `admissionWanted`; without an admission there was none to be had this time. */
  | { type: 'admission'; admission?: Admission | undefined }
  | SharingTurn
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
  /** `channels`: whether data channels exist there, which those browsers have it say that can move them. */
  | { type: 'ready'; channels: 'yes' | 'no' }
  /** Signaling is about to be connected to. */
  | { type: 'admissionWanted' }
  /** `link` tells the links to one peer apart, which follow each other: the Worker numbers them. */
  | { type: 'link'; link: number; output: LinkOutput }
  | { type: 'deliver'; demand: number; bytes: Uint8Array<ArrayBuffer>; sources: SourceBytes; rate: number }
  | { type: 'decline'; demand: number; reason: DeclineReason }
  | { type: 'event'; event: CoreEvent | HostEvent }
  | { type: 'stats'; stats: CoreStats; links: LinkFigures[]; signaling: SignalingState }
  | { type: 'pong' }
  /** The engine cannot go on; nothing follows. */
  | { type: 'failed'; reason: string }
  | { type: 'stopped' };
