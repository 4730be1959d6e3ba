// Tells screen readers what has changed: politely, the turns of the story and not the flow of figures, and never two
// within a few seconds.

import type { FugitiveEvent } from 'fugitive-dashjs';
import { eventText, peerText } from './format.js';

/** What is worth being read out. */
const TOLD: readonly FugitiveEvent['type'][] = [
  'engineReady', 'engineFailed', 'signalingJoined', 'signalingLost', 'signalingRefused', 'peerJoined', 'peerLeft',
  'corruptPiece', 'quorumBroken', 'policyChanged', 'stalled', 'resumed', 'manifestRejected',
];
/** The shortest time between two announcements, in milliseconds. */
const PAUSE_MS = 4_000;
/** How many sentences are read at once; what was before the last of them is old. */
const AT_ONCE = 3;

export class Announcer {
  readonly #region: HTMLElement;
  #nameOf = peerText;
  #waiting: string[] = [];
  #timer: number | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Names peers as the page does from now on. */
  nameBy(nameOf: (peer: string) => string): void {
    this.#nameOf = nameOf;
  }

  tell(event: FugitiveEvent): void {
    const text = TOLD.includes(event.type) ? eventText(event, this.#nameOf) : undefined;
    if (text !== undefined) this.say(text);
  }

  say(text: string): void {
    if (this.#waiting.at(-1) !== text) this.#waiting.push(text);
    this.#timer ??= window.setTimeout(() => this.#speak(), PAUSE_MS);
  }

  #speak(): void {
    this.#timer = undefined;
    this.#region.textContent = this.#waiting.slice(-AT_ONCE).join(' ');
    this.#waiting = [];
  }
}
