// The engine as the page sees it: a Worker that answers demands, watched so that no demand waits for a dead one.
// Invariant: every demand is answered exactly once, or cancelled.

import type { CheckedOptions } from '../check.js';
import type { Allowance, CoreConfig, CoreInput, CoreStats, SourceBytes } from '../core.js';
import type { FugitiveEvent } from '../events.js';
import type { DeclinedReason, LinkFigures, SignalingState, UnaskedReason } from '../figures.js';
import type { Admission, SharingTurn, ToPage, ToWorker } from '../messages.js';
import { DeviceWatch, isMobile } from './device.js';
import type { Format } from './format.js';
import { Heartbeat } from './heartbeat.js';
import { Links } from './links.js';
import { openWorker } from './open-worker.js';

/** What the player wants. */
export type Wish = Omit<Extract<CoreInput, { type: 'demand' }>, 'type' | 'id'>;

/** What a request comes to: a wish, or why it cannot be one; nothing where it is for no segment. */
export type WishOrReason = Wish | UnaskedReason | undefined;

/** The engine's answer: the segment, or word that the player's own HTTP must do. */
export type Answer =
  | { type: 'delivered'; bytes: ArrayBuffer; sources: SourceBytes; rate: number }
  | { type: 'declined'; reason: DeclinedReason };

/** The segment itself. */
export type Delivered = Extract<Answer, { type: 'delivered' }>;

/** What the Worker tells once a second. */
export interface EngineStats { stats: CoreStats; links: LinkFigures[]; signaling: SignalingState }

/** What the engine tells, and what it asks. */
export interface EngineListener {
  /** What signaling is to know of the page. */
  admission(): Promise<Admission | undefined>;
  event(event: FugitiveEvent): void;
  stats(told: EngineStats): void;
}

const MIB = 1024 * 1024;
/** How long the first demands wait for the wasm to load, in milliseconds. */
const STARTUP_PATIENCE_MS = 2_000;
/** How long a Worker that was told to stop may take to leave the swarm, in milliseconds. */
const STOP_PATIENCE_MS = 500;

export class Engine {
  readonly #listener: EngineListener;
  readonly #transfers: boolean;
  readonly #links: Links;
  /** What was told before the Worker was there. */
  readonly #unsent: { message: ToWorker; transfer: Transferable[] }[] = [];
  readonly #demands = new Map<number, (answer: Answer) => void>();
  readonly #onPageHide = (event: PageTransitionEvent) => {
    if (!event.persisted) this.#links.closeAll();
  };
  readonly #device: DeviceWatch;
  #worker: Worker | undefined;
  #heartbeat: Heartbeat | undefined;
  #startupTimer: ReturnType<typeof setTimeout> | undefined;
  #lastDemand = 0;
  #state: 'starting' | 'late' | 'running' | 'ended' = 'starting';

  constructor(options: CheckedOptions, swarm: string, format: Format, consent: Allowance, listener: EngineListener) {
    this.#listener = listener;
    this.#transfers = options.channelTransfer === 'auto';
    this.#links = new Links({
      tell: (input, link, transfer) => this.#post({ type: 'input', input, link }, transfer),
      transfer: (peer, link, channel, readiness) => this.#transfer({ type: 'channel', peer, link, channel, readiness }),
    });
    this.#device = new DeviceWatch(consent, (device) => this.tell({ type: 'device', device }));
    const config = { ...options.engine, swarm, signalingUrl: options.signalingUrl };
    // Told a turn later, so that whoever made this engine holds it when a failure is told.
    queueMicrotask(() => this.#start(options, format, config));
  }

  /** Whether it is still to be waited for. */
  get starting(): boolean {
    return this.#state === 'starting';
  }

  get ready(): boolean {
    return this.#state === 'running';
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Asks for a segment. Returns how to take the question back. */
  demand(wish: Wish, answer: (answer: Answer) => void): () => void {
    if (this.#state === 'late' || this.#state === 'ended') {
      queueMicrotask(() => answer({ type: 'declined', reason: this.ended ? 'engineGone' : 'starting' }));
      return () => undefined;
    }
    this.#lastDemand += 1;
    const id = this.#lastDemand;
    this.#demands.set(id, answer);
    this.tell({ type: 'demand', id, ...wish });
    return () => {
      if (this.#demands.delete(id)) this.tell({ type: 'demandCancelled', id });
    };
  }

  tell(input: CoreInput): void {
    this.#post({ type: 'input', input });
  }

  /** See `Fugitive.allowUploads`. */
  allowUploads(answer: Allowance): void {
    this.#device.allowUploads(answer);
  }

  /** Closes all links and leaves signaling, or joins again. What was demanded is answered. */
  turn(turn: SharingTurn): void {
    this.#post(turn);
  }

  /** Leaves the swarm. What was demanded is declined. */
  stop(): void {
    if (this.ended) return;
    const worker = this.#worker;
    this.#post({ type: 'stop' });
    this.#end();
    if (worker === undefined) return;
    const finish = () => {
      clearTimeout(patience);
      worker.terminate();
      this.#links.closeAll();
    };
    const patience = setTimeout(finish, STOP_PATIENCE_MS);
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if (data.type === 'link') this.#links.carryOut(data.output, data.link);
      if (data.type === 'stopped') finish();
    };
  }

  #start({ workerUrl, wasmUrls, store: kept }: CheckedOptions, format: Format, config: CoreConfig): void {
    if (this.ended) return;
    const wasmUrl = wasmUrls[format];
    // Whatever the keys are: what is kept is checked with those that count when it is read, and so outlives a key.
    const store = kept && {
      title: config.swarm, maxBytes: kept.maxBytes ?? (isMobile() ? 128 : 512) * MIB,
    };
    let worker: Worker;
    try {
      // Bundlers look for this very expression.
      worker = workerUrl === undefined
        ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
        : openWorker(workerUrl);
    } catch (error) {
      this.#fail(`no Worker: ${String(error)}`);
      return;
    }
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => this.#receive(data);
    worker.onerror = (event) => this.#fail(`the Worker failed: ${event.message || 'its script did not load'}`);
    worker.onmessageerror = () => this.#fail('a message of the Worker could not be read');
    addEventListener('pagehide', this.#onPageHide);
    worker.postMessage({
      type: 'start', format, config, ...(wasmUrl !== undefined && { wasmUrl }), ...(store !== undefined && { store }),
    } satisfies ToWorker);
    for (const { message, transfer } of this.#unsent.splice(0)) worker.postMessage(message, transfer);
    this.#startupTimer = setTimeout(() => this.#onLate(), STARTUP_PATIENCE_MS);
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.ended) return;
    if (this.#worker === undefined) this.#unsent.push({ message, transfer });
    else this.#worker.postMessage(message, transfer);
  }

  #receive(message: ToPage): void {
    this.#heartbeat?.beat();
    switch (message.type) {
      case 'ready':
        this.#links.answersWith = message.channels === 'yes' && this.#transfers ? 'own' : 'given';
        return this.#onReady();
      case 'link': return this.#links.carryOut(message.output, message.link);
      case 'deliver': {
        const { bytes, sources, rate } = message;
        return this.#answer(message.demand, { type: 'delivered', bytes: bytes.buffer, sources, rate });
      }
      case 'decline': return this.#answer(message.demand, { type: 'declined', reason: message.reason });
      case 'admissionWanted': return void this.#admit();
      case 'event': return this.#onEvent(message.event);
      case 'stats': return this.#listener.stats(message);
      case 'failed': return this.#fail(message.reason);
      case 'pong':
      case 'stopped': return;
    }
  }

  async #admit(): Promise<void> {
    this.#post({ type: 'admission', admission: await this.#listener.admission() });
  }

  /** Connections that the engine asks for after it joined come after this. */
  #onEvent(event: FugitiveEvent): void {
    if (event.type === 'signalingJoined') this.#links.relayOnly = event.relayOnly;
    this.#listener.event(event);
  }

  #onReady(): void {
    clearTimeout(this.#startupTimer);
    this.#state = 'running';
    this.#heartbeat = new Heartbeat(
      () => this.#post({ type: 'ping' }),
      () => this.#fail('the Worker does not answer'),
    );
    this.#listener.event({ type: 'engineReady' });
  }

  /** The wasm takes long to load: the player does not wait for it. */
  #onLate(): void {
    this.#state = 'late';
    for (const id of [...this.#demands.keys()]) {
      this.tell({ type: 'demandCancelled', id });
      this.#answer(id, { type: 'declined', reason: 'starting' });
    }
  }

  #answer(id: number, answer: Answer): void {
    const tell = this.#demands.get(id);
    this.#demands.delete(id);
    tell?.(answer);
  }

  #transfer(message: Extract<ToWorker, { type: 'channel' }>): boolean {
    if (!this.#transfers || this.#worker === undefined) return false;
    try {
      // A channel is transferable where browsers have it, which the DOM's types do not know.
      this.#worker.postMessage(message, [message.channel as unknown as Transferable]);
      return true;
    } catch {
      return false;
    }
  }

  #fail(reason: string): void {
    if (this.ended) return;
    const worker = this.#worker;
    this.#end();
    worker?.terminate();
    this.#links.closeAll();
    this.#listener.event({ type: 'engineFailed', reason });
  }

  /** Everything but the Worker itself and the links. */
  #end(): void {
    this.#state = 'ended';
    this.#heartbeat?.stop();
    this.#device.stop();
    clearTimeout(this.#startupTimer);
    removeEventListener('pagehide', this.#onPageHide);
    if (this.#worker !== undefined) this.#worker.onerror = this.#worker.onmessage = null;
    this.#worker = undefined;
    for (const id of [...this.#demands.keys()]) this.#answer(id, { type: 'declined', reason: 'engineGone' });
  }
}
