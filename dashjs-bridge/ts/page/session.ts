// One player's Fugitive, whichever player that is: an engine per title, the counters of both, and the app's listeners.

import { type CheckedOptions, swarmOf, titleOf } from '../check.js';
import type { Allowance } from '../core.js';
import type { EventOf, FugitiveEvent, FugitiveEventType } from '../events.js';
import type { UnaskedReason } from '../figures.js';
import type { Fugitive, FugitiveState, FugitiveStats } from '../fugitive.js';
import { Listeners } from '../listeners.js';
import type { SharingTurn } from '../messages.js';
import { AdmissionDesk } from './admission.js';
import { Engine, type Answer, type Wish, type WishOrReason } from './engine.js';
import { FirstFrame } from './first-frame.js';
import { formatOf, type Format } from './format.js';
import { HeldDemands } from './held.js';
import { PlaybackWatch } from './playback.js';
import { Prelude } from './prelude.js';
import { Rest } from './rest.js';
import { Tally } from './tally.js';

/** A manifest as the player has it. */
export interface LoadedManifest {
  /** Where it was asked for; absolute. */
  asked: string;
  /** Where it came from in the end; absolute. */
  url: string;
  text: string;
}

/**
 * A player that has so much to play asks an engine that has yet to begin or to load, in milliseconds: it has 2 s for either,
 * and HTTP the rest.
 */
const AMPLE_MS = 8_000;

export class Session implements Fugitive {
  readonly #options: CheckedOptions;
  readonly #listeners = new Listeners();
  #tally: Tally;
  readonly #playback: PlaybackWatch;
  readonly #firstFrame: FirstFrame;
  readonly #desk: AdmissionDesk;
  /** The title, until its engine begins. */
  #prelude: Prelude | undefined;
  /** What is asked of it until then. */
  readonly #held = new HeldDemands();
  /** Peers that joined, and have not left. */
  readonly #linked = new Set<string>();
  #engine: Engine | undefined;
  #failed = false;
  readonly #end = new AbortController();
  /** Aborted once it is destroyed, of which there is no event. */
  readonly ended = this.#end.signal;
  #firstTitle: string | undefined;
  #format: Format | undefined;
  #uploads: Allowance | 'ask';
  #hasAsked = false;
  #paused = false;
  readonly #rest = new Rest(() => this.#tellState());
  /** What the app knows of the state. */
  #told: FugitiveState = 'idle';
  #isTelling = false;

  constructor(options: CheckedOptions, findVideo: () => HTMLVideoElement | undefined) {
    this.#options = options;
    this.#tally = new Tally(options);
    this.#uploads = options.uploads;
    this.#desk = new AdmissionDesk(options);
    this.#playback = new PlaybackWatch(findVideo, {
      playback: (playback) => this.#engine?.tell(playback),
      seeked: (positionMs) => this.#engine?.tell({ type: 'seeked', positionMs }),
      event: (event) => this.#emit(event),
    });
    this.#firstFrame = new FirstFrame(findVideo, () => this.#begin());
  }

  stats(): FugitiveStats {
    return {
      ...this.#tally.figures(),
      ...this.#playback.figures(),
      state: this.#state(),
      format: this.#format,
      uploads: this.#uploads,
    };
  }

  allowUploads(answer: Allowance): void {
    // Whatever else is said is no consent.
    this.#uploads = answer === 'on' ? answer : 'off';
    this.#engine?.allowUploads(this.#uploads);
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
    if (this.ended.aborted) return;
    this.#end.abort();
    this.titleClosed();
  }

  /** Whether the engine is asked for what a request comes to. Where not, it is counted why. */
  asks(wish: WishOrReason): wish is Wish {
    if (wish === undefined) return false;
    const reason = typeof wish === 'string' ? wish : this.#reason();
    if (reason !== undefined) this.#tally.count(reason);
    return reason === undefined;
  }

  /**
   * Asks for a segment; `answer` is called once, unless the question is taken back by what this returns. The engine has
   * `patienceMs`, if any: as long as the player would give a request of its own.
   */
  demand(wish: Wish, patienceMs: number | null | undefined, answer: (answer: Answer) => void): () => void {
    const settle = (given: Answer) => {
      clearTimeout(timer);
      if (given.type === 'declined') {
        const { reason } = given;
        if (reason === 'late' || typeof reason === 'object') this.#rest.engineFailed(wish);
        this.#emit({ type: 'declined', url: wish.url, reason });
      } else {
        this.#rest.engineDelivered();
      }
      try {
        answer(given);
      } catch (error) {
        // A player may call the app's code, which is not to keep others' answers from them.
        reportError(error);
      }
    };
    const cancel = this.#engine === undefined ? this.#held.hold(wish, settle) : this.#engine.demand(wish, settle);
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
   * The player has a manifest, or a playlist, from `url` after redirects. A title's first one says which engine is to
   * be loaded; `asked` is its address as the app knows it, which names the swarm.
   */
  manifestLoaded({ asked, url, text }: LoadedManifest): void {
    this.#open(asked, formatOf(text));
    this.#prelude?.manifest(url, text);
    if (this.#engine !== undefined) tellManifest(this.#engine, url, text);
    else this.#begin();
  }

  /** There is no list of files: they are asked for by their digests. `asked` names the swarm. */
  startWithoutList(asked: string): void {
    this.#open(asked, 'resources');
    this.#begin();
  }

  /** The player lets go of its title; the next may have segments at the same places with other bytes. */
  titleClosed(): void {
    this.#failed = false;
    this.#rest.reset();
    this.#desk.titleClosed();
    this.#prelude = undefined;
    this.#firstFrame.stop();
    this.#playback.stop();
    this.#held.declineAll('engineGone');
    this.#engine?.stop();
    this.#engine = undefined;
    this.#unlink();
    this.#tellState();
  }

  responded(headers: Record<string, string> | undefined): void {
    if (headers !== undefined) this.#desk.responded(headers);
  }

  /**
   * The player got a segment by itself. `wish`: the very object that the engine was asked by, or would have been. Not given of
   * files: what a site lacks of them says nothing of the others.
   */
  fetchedPlainly(bytes: number, wish?: WishOrReason): void {
    this.#tally.fetchedPlainly(bytes);
    if (typeof wish === 'object') this.#rest.playerGot(wish);
    this.#firstFrame.mediaCame();
    this.#tellState();
  }

  #turn(type: SharingTurn['type']): void {
    const paused = type === 'sharingPaused';
    if (this.#paused === paused || this.ended.aborted) return;
    this.#paused = paused;
    this.#rest.reset();
    this.#engine?.turn({ type });
    this.#emit({ type });
    if (paused) this.#held.declineAll('paused');
    else this.#beginEngine();
    this.#tellState();
  }

  #open(asked: string, format: Format): void {
    if (this.ended.aborted || this.#failed || this.#engine !== undefined || this.#prelude !== undefined) return;
    this.#format = format;
    this.#tally = new Tally(this.#options);
    this.#playback.start();
    try {
      this.#prelude = new Prelude(this.#nameSwarm(asked), format);
    } catch (error) {
      // The app's function for the name is at fault; the player is not to suffer for it.
      this.#failed = true;
      this.#emit({ type: 'engineFailed', reason: error instanceof Error ? error.message : String(error) });
      return;
    }
    if (this.#options.start === 'firstFrame') this.#firstFrame.start();
  }

  #nameSwarm(url: string): string {
    const title = titleOf(url);
    this.#firstTitle ??= title;
    if (typeof this.#options.swarm === 'string' && title !== this.#firstTitle) {
      throw new Error('a fixed swarm name is for one title: give option swarm a function');
    }
    return swarmOf(this.#options.swarm, url);
  }

  #begin(): void {
    this.#beginEngine();
    this.#tellState();
  }

  /** Starts the engine of the title that was opened, once it may, and tells it what the player knows already. */
  #beginEngine(): void {
    const prelude = this.#prelude;
    if (prelude === undefined || this.#paused || this.#firstFrame.waits) return;
    this.#prelude = undefined;
    const consent = this.#uploads === 'on' ? 'on' : 'off';
    const engine = new Engine(this.#options, prelude.swarm, prelude.format, consent, {
      admission: () => this.#desk.admission(),
      event: (event) => this.#onEvent(engine, event),
      stats: (told) => {
        if (this.#engine === engine) this.#tally.told(told);
      },
    });
    this.#engine = engine;
    prelude.tellTo((url, text) => tellManifest(engine, url, text));
    this.#playback.tellAgain();
    this.#held.passTo(engine);
  }

  #onEvent(engine: Engine, event: FugitiveEvent): void {
    if (this.#engine !== engine) return;
    if (event.type === 'engineFailed') {
      this.#failed = true;
      this.#unlink();
    }
    this.#emit(event);
    this.#tellState();
    if (event.type !== 'peerJoined' || event.seeder || this.#uploads !== 'ask' || this.#hasAsked) return;
    this.#hasAsked = true;
    this.#emit({ type: 'consentNeeded' });
  }

  /** Links are gone with their engine, which is asked no more. */
  #unlink(): void {
    this.#tally.unlink();
    for (const peer of this.#linked) this.#emit({ type: 'peerLeft', peer });
  }

  #emit(event: FugitiveEvent): void {
    if (event.type === 'peerJoined') this.#linked.add(event.peer);
    if (event.type === 'peerLeft') this.#linked.delete(event.peer);
    this.#tally.note(event);
    this.#listeners.emit(event);
  }

  #state(): FugitiveState {
    if (this.ended.aborted) return 'destroyed';
    if (this.#failed) return 'failed';
    if (this.#paused) return 'paused';
    if (this.#rest.holds) return 'resting';
    if (this.#prelude !== undefined) return 'waiting';
    if (this.#engine === undefined) return 'idle';
    return this.#engine.ready ? 'running' : 'starting';
  }

  /** Tells of another state. A listener may bring about the next one, of which all hear after this one. */
  #tellState(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    // Two listeners of the app may undo each other without end.
    for (let to = this.#state(), left = 9; to !== this.#told && left > 0; to = this.#state(), left -= 1) {
      const from = this.#told;
      this.#told = to;
      this.#emit({ type: 'stateChanged', from, to });
    }
    this.#isTelling = false;
  }

  /** Why no segment is asked of the engine now, if so. */
  #reason(): UnaskedReason | undefined {
    const state = this.#state();
    if (state === 'running') return undefined;
    if (state === 'failed' || state === 'destroyed') return 'engineGone';
    // A player that has just begun waits for nothing that loads. One that has more to play than that takes, does: else it
    // would fill its whole buffer in the meantime, from the origin.
    const loads = state === 'waiting' || (state === 'starting' && this.#engine?.starting === true);
    return loads && (this.#options.start === 'atOnce' || this.#playback.bufferedMs >= AMPLE_MS) ? undefined : state;
  }
}

function tellManifest(engine: Engine, url: string, text: string): void {
  engine.tell({ type: 'manifest', url, body: new TextEncoder().encode(text) });
}
