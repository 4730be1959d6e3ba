// Tells screen readers what has changed: politely, the turns of the story and not the flow of figures, and never two
// within a few seconds.

import type { FugitiveEvent } from 'fugitive-dashjs';
import { eventText, peerText } from './format.js';

/** What is worth being read out. */
const TOLD: readonly FugitiveEvent['type'][] = [
  'engineReady', 'engineFailed', 'signalingJoined', 'signalingLost', 'signalingRefused', 'switchedOff', 'peerJoined',
  'peerLeft', 'corruptPiece', 'quorumBroken', 'policyChanged', 'consentNeeded', 'stalled', 'resumed', 'manifestRejected',
];
/** The shortest time between two announcements, in milliseconds. */
const PAUSE_MS = 4_000;
/** How many sentences are read at once; what was before the last of them is old. */
const AT_ONCE = 3;

export class Announcer {
  readonly #region: HTMLElement;
  #nameOf = peerText;
  /** Put into words when it is said: a peer's name may be known a moment after its coming. */
  #waiting: (() => string | undefined)[] = [];
  #timer: number | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Names peers as the page does from now on. */
  nameBy(nameOf: (peer: string) => string): void {
    this.#nameOf = nameOf;
  }

  tell(event: FugitiveEvent): void {
    if (TOLD.includes(event.type)) this.#wait(() => eventText(event, this.#nameOf));
  }

  say(text: string): void {
    this.#wait(() => text);
  }

  #wait(words: () => string | undefined): void {
    this.#waiting.push(words);
    this.#timer ??= window.setTimeout(() => this.#speak(), PAUSE_MS);
  }

  #speak(): void {
    this.#timer = undefined;
    const texts = this.#waiting.flatMap((words) => words() ?? []);
    this.#region.textContent = [...new Set(texts)].slice(-AT_ONCE).join(' ');
    this.#waiting = [];
  }
}
