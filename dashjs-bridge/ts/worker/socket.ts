// The WebSocket to signaling: at most one, and nothing is told of one that was closed from here.

import type { CoreInput } from '../core.js';

/** A text frame over this size is not of our protocol; the client's own limit is 16 KiB. */
const MAX_FRAME_CHARACTERS = 64 * 1024;

export class Socket {
  readonly #tell: (input: CoreInput) => void;
  readonly #WebSocket: typeof WebSocket;
  #socket: WebSocket | undefined;

  constructor(tell: (input: CoreInput) => void, WebSocketLike: typeof WebSocket) {
    this.#tell = tell;
    this.#WebSocket = WebSocketLike;
  }

  open(url: string): void {
    this.close();
    let socket: WebSocket;
    try {
      socket = new this.#WebSocket(url);
    } catch {
      // Refused before it was tried: a plain ws: address on an https page.
      this.#tell({ type: 'socketClosed' });
      return;
    }
    this.#socket = socket;
    const told = (input: CoreInput) => {
      if (this.#socket === socket) this.#tell(input);
    };
    socket.onopen = () => told({ type: 'socketOpened' });
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' && data.length <= MAX_FRAME_CHARACTERS) told({ type: 'socketMessage', text: data });
      else socket.close();
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#tell({ type: 'socketClosed' });
    };
  }

  send(text: string): void {
    const socket = this.#socket;
    if (socket !== undefined && socket.readyState === socket.OPEN) socket.send(text);
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
