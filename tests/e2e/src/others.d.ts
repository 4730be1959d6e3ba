// The few members of others' clients that tests reach for; they come without types, or with more than is needed here.

declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';

  export interface Options {
    infoHash: string;
    peerId: string;
    announce: string[];
    port: number;
  }

  export default class Client extends EventEmitter {
    constructor(options: Options);
    start(): void;
    complete(options: { left: number }): void;
    scrape(): void;
    destroy(done: () => void): void;
  }
}

declare module 'ws' {
  import { EventEmitter } from 'node:events';

  export default class WebSocket extends EventEmitter {
    constructor(address: string, options?: { maxPayload?: number });
    send(text: string): void;
    terminate(): void;
  }
}
