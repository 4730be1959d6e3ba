// The list of peers: who is linked, and what each gave.

import type { FugitiveEvent } from 'fugitive-dashjs';
import { bytesText, sharesText } from './format.js';
import { setText } from './page.js';

type Received = Extract<FugitiveEvent, { type: 'segmentReceived' }>;

interface Peer {
  element: HTMLElement;
  name: HTMLElement;
  amount: HTMLElement;
  bytes: number;
  seeder: boolean;
}

export class Peers {
  readonly #list: HTMLElement;
  readonly #nameOf: (peer: string) => string;
  readonly #peers = new Map<string, Peer>();

  /** `nameOf` names peers; what it says may change. */
  constructor(list: HTMLElement, nameOf: (peer: string) => string) {
    this.#list = list;
    this.#nameOf = nameOf;
    this.#showEmpty();
  }

  tell(event: FugitiveEvent): void {
    if (event.type === 'peerJoined') this.#join(event.peer, event.seeder);
    if (event.type === 'peerLeft') this.#leave(event.peer);
    if (event.type === 'engineFailed') for (const peer of [...this.#peers.keys()]) this.#leave(peer);
    if (event.type === 'segmentReceived') for (const { peer, bytes } of event.peers) this.#gave(peer, bytes);
  }

  /** What each linked peer gave. */
  figures(): { peer: string; seeder: boolean; bytes: number }[] {
    return [...this.#peers].map(([peer, { seeder, bytes }]) => ({ peer, seeder, bytes }));
  }

  /** Who gave what of a segment, in words. */
  mixText({ bytes, peers }: Received): string {
    const overHttp = peers.reduce((rest, share) => rest - share.bytes, bytes);
    const shares = peers.map(({ peer, bytes }) => ({ name: this.#nameOf(peer), bytes }));
    return sharesText(overHttp > 0 ? [...shares, { name: 'the origin', bytes: overHttp }] : shares);
  }

  /** Names all peers anew. */
  rename(): void {
    for (const [peer, { name }] of this.#peers) setText(name, this.#nameOf(peer));
  }

  #join(peer: string, seeder: boolean): void {
    this.#leave(peer);
    if (this.#peers.size === 0) this.#list.replaceChildren();
    const element = document.createElement('li');
    const swatch = document.createElement('i');
    swatch.className = `swatch ${seeder ? 'seeder' : 'peer'}`;
    const name = document.createElement('span');
    name.textContent = this.#nameOf(peer);
    name.title = peer;
    const amount = document.createElement('b');
    amount.textContent = bytesText(0);
    element.append(swatch, name, amount);
    this.#list.append(element);
    this.#peers.set(peer, { element, name, amount, bytes: 0, seeder });
  }

  #leave(peer: string): void {
    this.#peers.get(peer)?.element.remove();
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#showEmpty();
  }

  #gave(peer: string, bytes: number): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    known.bytes += bytes;
    known.amount.textContent = bytesText(known.bytes);
  }

  #showEmpty(): void {
    const empty = document.createElement('li');
    empty.className = 'empty';
    empty.textContent = 'None yet.';
    this.#list.replaceChildren(empty);
  }
}
