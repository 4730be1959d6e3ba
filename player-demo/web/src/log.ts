// The log: the latest events, newest first.

import type { FugitiveEvent } from 'fugitive-dashjs';
import { eventText } from './format.js';

const KEPT = 60;
/** What a viewer should look at. */
const GRAVE: readonly FugitiveEvent['type'][] = [
  'engineFailed', 'corruptPiece', 'quorumBroken', 'manifestRejected', 'stalled', 'originFailed', 'signalingRefused',
  'equivocation',
];

export class Log {
  readonly #list: HTMLElement;
  readonly #nameOf: (peer: string) => string;

  /** `nameOf` names peers. */
  constructor(list: HTMLElement, nameOf: (peer: string) => string) {
    this.#list = list;
    this.#nameOf = nameOf;
  }

  tell(event: FugitiveEvent): void {
    const text = eventText(event, this.#nameOf);
    if (text === undefined) return;
    const line = document.createElement('li');
    const time = document.createElement('time');
    time.textContent = new Date().toTimeString().slice(0, 8);
    const words = document.createElement('span');
    words.textContent = text;
    line.append(time, words);
    if (GRAVE.includes(event.type)) line.className = 'grave';
    this.#list.prepend(line);
    while (this.#list.children.length > KEPT) this.#list.lastChild?.remove();
  }
}
