// What the host has seen of links and signaling: who is linked, what came and went. All of it passes the host anyway,
// so that the engine need not count it, nor any message carry it.

import type { CoreInput, CoreOutput } from '../core.js';
import type { LinkFigures, SignalingState } from '../figures.js';

interface Entry extends LinkFigures {
  number: number;
  /** What `down` and `up` were when rates were computed last. */
  before: readonly [down: number, up: number];
}

/** What an output or an event says of signaling. */
const SIGNALING: Partial<Record<string, SignalingState>> = {
  openSocket: 'connecting', closeSocket: 'left', signalingJoined: 'joined', signalingLost: 'lost',
  switchedOff: 'switchedOff',
};

export class Ledger {
  readonly #links = new Map<string, Entry>();
  #computedAt: number;
  #lastNumber = 0;
  signaling: SignalingState = 'connecting';

  constructor(nowMs: number) {
    this.#computedAt = nowMs;
  }

  /** Who has a connection, up or on its way. */
  peers(): string[] {
    return [...this.#links.keys()];
  }

  /** The number of the one that a peer has: no other connection had or has it. */
  number(peer: string): number | undefined {
    return this.#links.get(peer)?.number;
  }

  /** Takes in what the engine is told, or asks for. */
  note(what: CoreInput | CoreOutput): void {
    this.signaling = SIGNALING[what.type] ?? this.signaling;
    const link = 'peer' in what ? this.#links.get(what.peer) : undefined;
    switch (what.type) {
      case 'createOffer':
      case 'acceptOffer':
        this.#lastNumber += 1;
        this.#links.set(what.peer, {
          number: this.#lastNumber, peer: what.peer, state: 'connecting', seeder: false,
          down: 0, up: 0, downRate: 0, upRate: 0, before: [0, 0],
        });
        return;
      case 'peerMessage':
        if (link !== undefined) link.down += what.bytes.length;
        return;
      case 'send':
        if (link !== undefined) link.up += what.bytes.length;
        return;
      case 'measured':
        if (link !== undefined) link.rttMs = what.rttMs;
        return;
      case 'disconnect':
      case 'peerClosed':
        this.#links.delete(what.peer);
        return;
      case 'event': return this.#noteEvent(what.event);
    }
  }

  /** All links, with their rates since this was asked last. */
  figures(nowMs: number): LinkFigures[] {
    const seconds = (nowMs - this.#computedAt) / 1_000;
    this.#computedAt = nowMs;
    return [...this.#links.values()].map((link) => {
      const [down, up] = link.before;
      if (seconds > 0) {
        link.downRate = Math.round((link.down - down) / seconds);
        link.upRate = Math.round((link.up - up) / seconds);
      }
      link.before = [link.down, link.up];
      const { before: _, number: __, ...figures } = link;
      return figures;
    });
  }

  #noteEvent(event: Extract<CoreOutput, { type: 'event' }>['event']): void {
    this.signaling = SIGNALING[event.type] ?? this.signaling;
    const link = event.type === 'peerJoined' ? this.#links.get(event.peer) : undefined;
    if (event.type !== 'peerJoined' || link === undefined) return;
    link.state = 'linked';
    link.seeder = event.seeder;
  }
}
