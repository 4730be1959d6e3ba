// The log: the latest events, newest first.

import type { FugitiveEvent } from 'fugitive-dashjs';
import { eventText } from './format.js';
import { setText } from './page.js';

const KEPT = 60;
/** What a viewer should look at. */
const GRAVE: readonly FugitiveEvent['type'][] = [
  'engineFailed', 'corruptPiece', 'quorumBroken', 'manifestRejected', 'stalled', 'originFailed', 'signalingRefused',
  'equivocation',
];

interface Line {
  event: FugitiveEvent;
  words: HTMLElement;
}

export class Log {
  readonly #list: HTMLElement;
  /** Oldest first. */
  readonly #lines: Line[] = [];
  readonly #nameOf: (peer: string) => string;

  /** `nameOf` names peers; what it says may change. */
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
    this.#lines.push({ event, words });
    if (this.#lines.length <= KEPT) return;
    this.#lines.shift();
    this.#list.lastChild?.remove();
  }

  /** Names all peers anew. */
  rename(): void {
    for (const { event, words } of this.#lines) setText(words, eventText(event, this.#nameOf) ?? '');
  }
}
