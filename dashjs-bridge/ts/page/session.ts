// One player's Fugitive, whichever player that is: an engine per title, the counters of both, and the app's listeners.

import { type CheckedOptions, swarmOf, titleOf } from '../check.js';
import type { Allowance, CoreStats, SourceBytes } from '../core.js';
import type { EventOf, FugitiveEvent, FugitiveEventType } from '../events.js';
import type { FallbackReason, Offload, SwarmHealth } from '../figures.js';
import type { Fugitive, FugitiveState, FugitiveStats } from '../fugitive.js';
import { Listeners } from '../listeners.js';
import type { SharingTurn } from '../messages.js';
import { Engine, type Answer, type EngineStats, type Wish } from './engine.js';
import { formatOf, type Format } from './format.js';
import { PlaybackWatch } from './playback.js';

/** A manifest as the player has it. */
export interface LoadedManifest {
  /** Where it was asked for; absolute. */
  asked: string;
  /** Where it came from in the end; absolute. */
  url: string;
  text: string;
}

export class Session implements Fugitive {
  readonly #options: CheckedOptions;
  readonly #listeners = new Listeners();
  readonly #playback: PlaybackWatch;
  #engine: Engine | undefined;
  /** Whether a title has begun, with an engine or without. */
  #begun = false;
  #failed = false;
  #destroyed = false;
  #firstTitle: string | undefined;
  #format: Format | undefined;
  #told = nothingTold();
  #plain = { requests: 0, bytes: 0 };
  #fallbacks: FugitiveStats['fallbacks'] = {};
  #uploads: Allowance | 'ask';
  #hasAsked = false;
  #paused = false;
  /** The latest text of each manifest and playlist that came while it was paused and no engine was there to read it. */
  readonly #unread = new Map<string, LoadedManifest>();

  constructor(options: CheckedOptions, findVideo: () => HTMLVideoElement | undefined) {
    this.#options = options;
    this.#uploads = options.uploads;
    this.#playback = new PlaybackWatch(findVideo, {
      playback: (playback) => this.#engine?.tell(playback),
      seeked: (positionMs) => this.#engine?.tell({ type: 'seeked', positionMs }),
      event: (event) => this.#emit(event),
    });
  }

  stats(): FugitiveStats {
    const { stats, links } = this.#told;
    return {
      ...stats,
      ...this.#playback.figures(),
      state: this.#state(),
      plain: { ...this.#plain },
      format: this.#format,
      uploads: this.#uploads,
      offload: this.#offload(),
      fallbacks: { ...this.#fallbacks },
      links,
      health: this.#health(),
    };
  }

  allowUploads(answer: Allowance): void {
    this.#uploads = answer;
    this.#engine?.allowUploads(answer);
  }

  pause(): void {
    this.#turn('sharingPaused');
  }

  resume(): void {
    this.#turn('sharingResumed');
  }

  on<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void {
    this.#listeners.add(type, listener as (event: FugitiveEvent) => void);
  }

  off<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void {
    this.#listeners.remove(type, listener as (event: FugitiveEvent) => void);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.titleClosed();
  }

  /** Whether segments are asked of the engine now. */
  get shares(): boolean {
    return this.#engine !== undefined && !this.#engine.ended && !this.#paused;
  }

  /**
   * Asks for a segment; `answer` is called once, unless the question is taken back by what this returns. The engine has
   * `patienceMs`, if any: as long as the player would give a request of its own.
   */
  demand(wish: Wish, patienceMs: number | null | undefined, answer: (answer: Answer) => void): () => void {
    if (this.#engine === undefined) throw new Error('invariant: asked only while it shares');
    const settle = (given: Answer) => {
      clearTimeout(timer);
      if (given.type === 'declined') this.#emit({ type: 'declined', url: wish.url, reason: given.reason });
      answer(given);
    };
    const cancel = this.#engine.demand(wish, settle);
    const takeBack = () => {
      clearTimeout(timer);
      cancel();
    };
    const timer = patienceMs ? setTimeout(() => {
      cancel();
      settle({ type: 'declined', reason: 'late' });
    }, patienceMs) : undefined;
    return takeBack;
  }

  /**
   * The player has a manifest, or a playlist, from `url` after redirects. A title's first one loads the engine that
   * reads its format; `asked` is its address as the app knows it, which names the swarm.
   */
  manifestLoaded(manifest: LoadedManifest): void {
    const { asked, url, text } = manifest;
    if (this.#destroyed) return;
    if (!this.#begun) this.#begin(text);
    if (this.#paused && this.#engine === undefined) {
      if (this.#unread.size < MAX_UNREAD || this.#unread.has(url)) this.#unread.set(url, manifest);
      return;
    }
    this.#load(asked, text);
    this.#engine?.tell({ type: 'manifest', url, body: new TextEncoder().encode(text) });
  }

  /** The player lets go of its title; the next may have segments at the same places with other bytes. */
  titleClosed(): void {
    this.#failed = this.#begun = false;
    this.#unread.clear();
    this.#playback.stop();
    this.#engine?.stop();
    this.#engine = undefined;
    this.#unlink();
  }

  responded(headers: Record<string, string> | undefined): void {
    if (headers !== undefined) this.#engine?.responded(headers);
  }

  fetchedPlainly(bytes: number): void {
    this.#plain.requests += 1;
    this.#plain.bytes += bytes;
  }

  #turn(type: SharingTurn['type']): void {
    const paused = type === 'sharingPaused';
    if (this.#paused === paused || this.#destroyed) return;
    this.#paused = paused;
    this.#engine?.turn({ type });
    this.#emit({ type });
    if (paused) return;
    for (const manifest of this.#unread.values()) this.manifestLoaded(manifest);
    this.#unread.clear();
  }

  /** The counters stay as the engine told them last; its links are gone with it. */
  #unlink(): void {
    this.#told = { ...this.#told, links: [], signaling: 'left' };
  }

  /** Counts anew for a title. */
  #begin(text: string): void {
    this.#begun = true;
    this.#format = formatOf(text);
    this.#told = nothingTold();
    this.#plain = { requests: 0, bytes: 0 };
    this.#fallbacks = {};
    this.#playback.start();
  }

  #load(asked: string, text: string): void {
    if (this.#failed || this.#engine !== undefined) return;
    try {
      this.#start(this.#nameSwarm(asked), formatOf(text));
    } catch (error) {
      // The app's function for the name is at fault; the player is not to suffer for it.
      this.#failed = true;
      this.#emit({ type: 'engineFailed', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #nameSwarm(url: string): string {
    const title = titleOf(url);
    this.#firstTitle ??= title;
    if (typeof this.#options.swarm === 'string' && title !== this.#firstTitle) {
      throw new Error('another title, and a fixed swarm name is for one: give option swarm a function');
    }
    return swarmOf(this.#options.swarm, url);
  }

  #start(swarm: string, format: Format): void {
    const engine = new Engine(this.#options, swarm, format, this.#uploads === 'on' ? 'on' : 'off', {
      event: (event) => this.#onEvent(engine, event),
      stats: (told) => {
        if (this.#engine === engine) this.#told = told;
      },
    });
    this.#engine = engine;
  }

  #onEvent(engine: Engine, event: FugitiveEvent): void {
    if (this.#engine !== engine) return;
    if (event.type === 'engineFailed') {
      this.#failed = true;
      this.#unlink();
    }
    this.#emit(event);
    if (event.type !== 'peerJoined' || event.seeder || this.#uploads !== 'ask' || this.#hasAsked) return;
    this.#hasAsked = true;
    this.#emit({ type: 'consentNeeded' });
  }

  #emit(event: FugitiveEvent): void {
    if (event.type === 'declined' || event.type === 'rescued') {
      const { reason } = event;
      const word: FallbackReason = typeof reason === 'string' ? reason : 'originFailed';
      this.#fallbacks[word] = (this.#fallbacks[word] ?? 0) + 1;
    }
    this.#listeners.emit(event);
  }

  #offload(): Offload {
    const { received, delivered } = this.#told.stats;
    const { bytes } = this.#plain;
    const played = delivered.origin + delivered.seeder + delivered.peer + bytes;
    if (played === 0) return { total: 0, seeder: 0, peers: 0 };
    const [total, seeder] = [1 - (received.origin + bytes) / played, delivered.seeder / played];
    return { total, seeder, peers: total - seeder };
  }

  #health(): SwarmHealth {
    const { stats: { demands, rescues }, links, signaling } = this.#told;
    return {
      linked: links.filter(({ state }) => state === 'linked').length,
      target: this.#options.engine.minTargetPeers ?? DEFAULT_MIN_PEERS,
      onTime: demands === 0 ? 1 : 1 - rescues / demands,
      signaling,
    };
  }

  #state(): FugitiveState {
    if (this.#destroyed) return 'destroyed';
    if (this.#failed) return 'failed';
    if (this.#paused) return 'paused';
    if (this.#engine === undefined) return 'idle';
    return this.#engine.ready ? 'running' : 'starting';
  }
}

/** Segment-engine's default of `minTargetPeers`. */
const DEFAULT_MIN_PEERS = 8;
/** So many playlists are kept for an engine that is to come: of more renditions the rest is read when it comes again. */
const MAX_UNREAD = 64;

function nothingTold(): EngineStats {
  return { stats: emptyStats(), links: [], signaling: 'connecting' };
}

const NO_BYTES: SourceBytes = { origin: 0, seeder: 0, peer: 0 };

/** The counters before the engine has told any. */
export function emptyStats(): CoreStats {
  return {
    received: NO_BYTES, delivered: NO_BYTES, uploaded: 0, peers: 0, seeders: 0, demands: 0, hits: 0, declined: 0,
    rescues: 0, verified: 0, corrupt: 0, duplicate: 0, claims: 0, lapsedClaims: 0, interests: 0, promises: 0,
    refused: 0, audits: 0, capable: 0, evicted: 0, introduced: 0, carried: 0, violations: 0, storedSegments: 0,
    storedBytes: 0, knownDigests: 0, digestGaps: 0, equivocations: 0,
  };
}
