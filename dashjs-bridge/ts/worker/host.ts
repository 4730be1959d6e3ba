// Drives the engine in the Worker: events become inputs, outputs become calls. It translates and decides nothing.
// Invariant: the engine is never entered twice; what happens while it is drained waits in `#inbox`.

import { Channel } from '../channel.js';
import type { Core, CoreInput, CoreOutput } from '../core.js';
import type { Admission, LinkOutput, ToPage, ToWorker } from '../messages.js';
import type { Addresses } from './addresses.js';
import { Http } from './http.js';
import { Ledger } from './ledger.js';
import { signatureHolds } from './signature.js';
import { Socket } from './socket.js';
import type { Store } from './store.js';

/** What the host uses of its surroundings. */
export interface World {
  post(message: ToPage, transfer?: Transferable[]): void;
  now(): number;
  unixMs(): number;
  fetch: typeof fetch;
  WebSocket: typeof WebSocket;
  subtle: SubtleCrypto | undefined;
}

/** What the host uses of a store that outlives the page. */
export type HostStore = Pick<Store, 'carryOut' | 'close'>;

/** How often stats go to the page, and the wall clock is looked at, in milliseconds. */
const PULSE_MS = 1_000;
/** A wall clock that moved this far against the steady one was corrected, in milliseconds. */
const CLOCK_STEP_MS = 500;
/** The longest that one timer sleeps, in milliseconds. */
const MAX_SLEEP_MS = 60_000;

export class WorkerHost {
  readonly #core: Core;
  readonly #world: World;
  readonly #store: HostStore | undefined;
  readonly #http: Http;
  readonly #socket: Socket;
  readonly #channels = new Map<string, Channel>();
  readonly #inbox: CoreInput[] = [];
  readonly #ledger: Ledger;
  readonly #addresses: Addresses | undefined;
  #paused = false;
  #draining = false;
  #running = true;
  #toldUnsupported = false;
  /** Where signaling is, while the page is asked what to tell it. */
  #wantedUrl: string | undefined;
  #clockOffsetMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #pulse: ReturnType<typeof setInterval>;

  /** Without `addresses` all is asked for where the engine says. */
  constructor(core: Core, world: World, store?: HostStore, addresses?: Addresses) {
    this.#core = core;
    this.#addresses = addresses;
    this.#store = store;
    this.#world = world;
    this.#http = new Http(
      (input) => this.tell(input),
      ({ url, demand }, options) => world.fetch(addresses?.of(url, demand) ?? url, options),
    );
    this.#socket = new Socket((input) => this.tell(input), world.WebSocket);
    this.#ledger = new Ledger(world.now());
    this.#clockOffsetMs = world.unixMs() - world.now();
    this.#pulse = setInterval(() => this.#onPulse(), PULSE_MS);
    this.tell({ type: 'clock', unixMs: world.unixMs() });
  }

  /** Tells the engine, and does what it asks before the return to the event loop. */
  tell(input: CoreInput): void {
    if (!this.#running) return;
    this.#inbox.push(input);
    this.#pump();
  }

  /** Serves a channel that was moved here. */
  adopt({ peer, link, channel, readiness }: Extract<ToWorker, { type: 'channel' }>): void {
    if (this.#ledger.number(peer) !== link) return channel.close();
    this.#release(peer);
    this.#channels.set(peer, new Channel(channel, {
      open: () => this.tell({ type: 'peerConnected', peer }),
      message: (bytes) => this.tell({ type: 'peerMessage', peer, bytes }),
      buffered: (bytes) => this.tell({ type: 'peerBuffered', peer, buffered: bytes }),
      closed: () => this.#end(peer, 'closed'),
    }, readiness));
  }

  /** The page says what signaling may know: the socket that waits for it is opened, or given up for this time. */
  admit(admission: Admission | undefined): void {
    const url = this.#wantedUrl;
    this.#wantedUrl = undefined;
    if (admission?.token !== undefined) this.tell({ type: 'token', token: admission.token });
    if (admission !== undefined) this.tell({ type: 'hints', ...admission.hints });
    if (url === undefined || !this.#running) return;
    if (admission === undefined) this.tell({ type: 'socketClosed' });
    else this.#socket.open(url);
  }

  /** Something happened on the page. What it says of a link that was let go meanwhile is no news. */
  hear(input: CoreInput, link?: number): void {
    if ('peer' in input && this.#ledger.number(input.peer) !== link) return;
    // A link that failed on the page is closed here as well.
    if (input.type === 'peerClosed') this.#release(input.peer);
    this.tell(input);
  }

  /** Leaves signaling and closes every link. The engine, without peers, fetches only what the player demands. */
  pause(): void {
    this.#paused = true;
    this.tell({ type: 'leave' });
    for (const peer of this.#ledger.peers()) this.#end(peer, 'paused');
  }

  resume(): void {
    this.#paused = false;
    this.tell({ type: 'join' });
  }

  /** Leaves the swarm and lets go of everything. */
  stop(): void {
    this.tell({ type: 'leave' });
    this.#letGo();
  }

  /** A link is at its end, on either side. */
  #end(peer: string, reason: string): void {
    this.#release(peer);
    this.#postLink({ type: 'disconnect', peer, reason });
    this.tell({ type: 'peerClosed', peer });
  }

  /** Lets a channel go without a word: its end is no news of the link, which may be another by now. */
  #release(peer: string): void {
    this.#channels.get(peer)?.close(() => undefined);
    this.#channels.delete(peer);
  }

  #pump(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let input = this.#inbox.shift(); input !== undefined; input = this.#inbox.shift()) {
        this.#note(input);
        this.#core.handle(this.#world.now(), input);
        this.#act();
      }
      this.#arm();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
  }

  #note(what: CoreInput | CoreOutput): void {
    this.#ledger.note(what);
    this.#addresses?.note(what);
  }

  /** Drains the engine before anything is done, so that no call out of here finds it half-way. */
  #act(): void {
    const outputs: CoreOutput[] = [];
    for (let output = this.#core.poll(); output !== undefined; output = this.#core.poll()) outputs.push(output);
    for (const output of outputs) this.#carryOut(output);
  }

  #carryOut(output: CoreOutput): void {
    // The ledger forgets the number of a link that is let go.
    const left = output.type === 'disconnect' ? this.#ledger.number(output.peer) : undefined;
    this.#note(output);
    switch (output.type) {
      case 'openSocket':
        // An engine that had left signaling by itself wants it back for want of links. It gets it after the pause.
        if (this.#paused) return this.tell({ type: 'leave' });
        this.#wantedUrl = output.url;
        return this.#world.post({ type: 'admissionWanted' });
      case 'sendSocket': return this.#socket.send(output.text);
      case 'closeSocket':
        this.#wantedUrl = undefined;
        return this.#socket.close();
      case 'acceptOffer':
        this.#release(output.peer);
        return this.#postLink(output);
      case 'createOffer':
      case 'acceptAnswer':
      case 'addCandidate': return this.#postLink(output);
      case 'send': return this.#send(output);
      case 'disconnect': return this.#disconnect(output, left);
      case 'fetch': return this.#http.start(output);
      case 'abortFetch': return this.#http.abort(output.fetch);
      case 'deliver': return this.#deliver(output);
      case 'checkSignature': return void this.#check(output);
      case 'shelve':
      case 'shelveDigests':
      case 'unshelve':
      case 'discard': return this.#store?.carryOut(output);
      case 'decline':
      case 'event': return this.#world.post(output);
    }
  }

  #send(output: Extract<CoreOutput, { type: 'send' }>): void {
    const channel = this.#channels.get(output.peer);
    if (channel !== undefined) return channel.send(output.bytes);
    const bytes = detached(output.bytes);
    this.#postLink({ ...output, bytes }, [bytes.buffer]);
  }

  #disconnect(output: Extract<CoreOutput, { type: 'disconnect' }>, link: number | undefined): void {
    const channel = this.#channels.get(output.peer);
    this.#channels.delete(output.peer);
    const disconnect = () => this.#postTo(link, output);
    if (channel === undefined) disconnect();
    else channel.close(disconnect);
  }

  #deliver(output: Extract<CoreOutput, { type: 'deliver' }>): void {
    const bytes = detached(output.bytes);
    this.#world.post({ ...output, bytes }, [bytes.buffer]);
  }

  async #check(output: Extract<CoreOutput, { type: 'checkSignature' }>): Promise<void> {
    const holds = await signatureHolds(output, this.#world.subtle);
    const answer = { type: 'signatureChecked', check: output.check } as const;
    if (typeof holds === 'boolean') return this.tell({ ...answer, valid: holds });
    if (!this.#toldUnsupported) {
      this.#toldUnsupported = true;
      this.#world.post({ type: 'event', event: { type: 'signaturesUnsupported', reason: holds } });
    }
    this.tell(answer);
  }

  /** To the link that its peer has now. */
  #postLink(output: LinkOutput, transfer?: Transferable[]): void {
    this.#postTo(this.#ledger.number(output.peer), output, transfer);
  }

  /** What is for a link that is gone already is for nobody. */
  #postTo(link: number | undefined, output: LinkOutput, transfer?: Transferable[]): void {
    if (link !== undefined) this.#world.post({ type: 'link', link, output }, transfer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const due = this.#core.pollTimeout();
    if (due === undefined) return;
    const sleepMs = Math.min(Math.max(due - this.#world.now(), 0), MAX_SLEEP_MS);
    this.#timer = setTimeout(() => this.#onTimer(), sleepMs);
  }

  #onTimer(): void {
    if (!this.#running) return;
    this.#draining = true;
    try {
      this.#core.handleTimeout(this.#world.now());
      this.#act();
    } catch (error) {
      this.#fail(error);
      return;
    } finally {
      this.#draining = false;
    }
    this.#pump();
  }

  #onPulse(): void {
    const offsetMs = this.#world.unixMs() - this.#world.now();
    if (Math.abs(offsetMs - this.#clockOffsetMs) > CLOCK_STEP_MS) {
      this.#clockOffsetMs = offsetMs;
      this.tell({ type: 'clock', unixMs: this.#world.unixMs() });
    }
    if (!this.#running) return;
    const links = this.#ledger.figures(this.#world.now());
    this.#world.post({ type: 'stats', stats: this.#core.stats(), links, signaling: this.#ledger.signaling });
  }

  #fail(error: unknown): void {
    if (!this.#running) return;
    this.#letGo();
    this.#world.post({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }

  #letGo(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    this.#http.abortAll();
    this.#socket.close();
    this.#store?.close();
    for (const peer of [...this.#channels.keys()]) this.#release(peer);
  }
}

/** The bytes in a buffer of their own, which can be handed over. */
function detached(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
