// One data channel and its measures, wherever it lives: in the Worker, or on the page where a browser
// cannot move it. Tells of room after each burst of sends and again when nothing waits, so that a sender that
// waits is never forgotten.

/** What a channel tells. Nothing follows `closed`. */
export interface ChannelListener {
  open(): void;
  message(bytes: Uint8Array<ArrayBuffer>): void;
  /** How many bytes wait to leave; told when they fall to `LOW_WATER` or below, and when none is left. */
  buffered(bytes: number): void;
  closed(): void;
}

/**
 * When the other side may be talked to. `opened`: as soon as the browser says so. `spokenTo`: not before its first message, for
 * a channel that both sides made: the other's may not be there yet.
 */
export type Readiness = 'opened' | 'spokenTo';

/** How many messages may come ahead of word that the channel is open; a peer begins with one or two. */
const MAX_EARLY = 64;
/** One piece, as segment-engine's `LOW_WATER`. */
export const LOW_WATER = 16 * 1024;
/** How long a closing channel may take to send what it holds, in milliseconds. */
const CLOSE_PATIENCE_MS = 2_000;

export class Channel {
  readonly #channel: RTCDataChannel;
  readonly #listener: ChannelListener;
  #reportDue = false;
  #opened = false;
  #ended = false;
  readonly #readiness: Readiness;
  /** What came before anything could be sent. */
  readonly #early: Uint8Array<ArrayBuffer>[] = [];

  constructor(channel: RTCDataChannel, listener: ChannelListener, readiness: Readiness = 'opened') {
    this.#channel = channel;
    this.#readiness = readiness;
    this.#listener = listener;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => this.#onOpen();
    channel.onmessage = (event: MessageEvent<unknown>) => this.#onMessage(bytesOf(event.data));
    channel.onbufferedamountlow = () => this.#reportRoom();
    channel.onclose = () => this.#end();
    channel.onerror = () => this.#end();
    // It may have opened or closed on its way here.
    if (channel.readyState === 'open') queueMicrotask(() => this.#onOpen());
    if (channel.readyState === 'closed') queueMicrotask(() => this.#end());
  }

  send(bytes: Uint8Array): void {
    try {
      this.#channel.send(bytes as Uint8Array<ArrayBuffer>);
    } catch {
      // Not open any more, or the browser's own buffer is full: either way the link is of no more use.
      this.#end();
      return;
    }
    if (this.#reportDue) return;
    this.#reportDue = true;
    queueMicrotask(() => this.#afterBurst());
  }

  /** Sends what it holds, closes, then calls `then`. No listener is called any more. */
  close(then: () => void): void {
    this.#ended = true;
    const channel = this.#channel;
    if (channel.readyState === 'closed') {
      then();
      return;
    }
    const patience = setTimeout(finish, CLOSE_PATIENCE_MS);
    function finish(): void {
      clearTimeout(patience);
      channel.onclose = channel.onerror = null;
      then();
    }
    channel.onclose = channel.onerror = finish;
    channel.close();
  }

  #onOpen(): void {
    if (this.#readiness === 'opened' || this.#early.length > 0) this.#open();
    for (const bytes of this.#early.splice(0)) this.#tell(() => this.#listener.message(bytes));
  }

  #onMessage(bytes: Uint8Array<ArrayBuffer>): void {
    // A channel that moved may hand over messages ahead of word that it is open, when nothing can be answered.
    if (this.#channel.readyState === 'connecting') {
      this.#early.push(bytes);
      if (this.#early.length > MAX_EARLY) this.#end();
      return;
    }
    this.#open();
    this.#tell(() => this.#listener.message(bytes));
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#tell(() => this.#listener.open());
  }

  #afterBurst(): void {
    this.#reportDue = false;
    this.#channel.bufferedAmountLowThreshold = LOW_WATER;
    // Above the mark the browser's own event comes; at or below it none would.
    this.#reportRoom();
  }

  #reportRoom(): void {
    const { bufferedAmount } = this.#channel;
    if (bufferedAmount > LOW_WATER) return;
    // What is left is told of once more when it has gone: the sender would count it as waiting for ever.
    this.#channel.bufferedAmountLowThreshold = bufferedAmount === 0 ? LOW_WATER : 0;
    this.#tell(() => this.#listener.buffered(bufferedAmount));
  }

  #tell(what: () => void): void {
    if (!this.#ended) what();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#channel.onclose = this.#channel.onerror = null;
    this.#channel.close();
    this.#listener.closed();
  }
}

/** A text message is not of our protocol; its bytes are the engine's to refuse. */
function bytesOf(data: unknown): Uint8Array<ArrayBuffer> {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new TextEncoder().encode(String(data));
}
