// When the engine is not to be asked for a while: it fails at what the player then gets by itself. Something of the app's may be
// lacking to its requests, and each costs the player time.

import type { Wish } from './engine.js';

/** So many segments in a row. */
const MOST_FAILURES = 3;
/** How long it rests then, in milliseconds. */
const REST_MS = 30_000;

export class Rest {
  readonly #over: () => void;
  /** What the engine could not get. */
  #unmet = new WeakSet<Wish>();
  /** How often in a row the player then got it by itself. */
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `over` is called at the end of each rest, but for those that `reset` ends. */
  constructor(over: () => void) {
    this.#over = over;
  }

  /** Whether the engine rests now. */
  get holds(): boolean {
    return this.#timer !== undefined;
  }

  /** What came before says nothing any more. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.engineDelivered();
  }

  /** The engine could not get a segment. What was asked before it rests says nothing of the time after. */
  engineFailed(wish: Wish): void {
    if (!this.holds) this.#unmet.add(wish);
  }

  engineDelivered(): void {
    this.#unmet = new WeakSet();
    this.#failures = 0;
  }

  /** The player got by itself what the engine was asked for by that very object, or would have been. */
  playerGot(wish: Wish): void {
    if (!this.#unmet.has(wish)) return;
    this.#failures += 1;
    if (this.#failures < MOST_FAILURES) return;
    this.engineDelivered();
    this.#timer = setTimeout(() => {
      this.reset();
      this.#over();
    }, REST_MS);
  }
}
