// Finds out that a Worker hangs. It speaks by itself once a second; only one that did not is asked, for each question costs the
// page's main thread. Time in which this page itself slept or was busy does not count against it.

/** How often it is looked whether the Worker has spoken, in milliseconds. */
const PERIOD_MS = 1_000;
/** Silence after which it is taken for dead, in milliseconds. */
const PATIENCE_MS = 3_000;

export class Heartbeat {
  readonly #ask: () => void;
  readonly #dead: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #silentMs = 0;
  #lastTick = performance.now();

  constructor(ask: () => void, dead: () => void) {
    this.#ask = ask;
    this.#dead = dead;
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
  }

  /** A message of the Worker came. */
  beat(): void {
    this.#silentMs = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    // A late tick means that this page slept, and that answers may still wait behind it.
    this.#silentMs += Math.min(now - this.#lastTick, PERIOD_MS);
    this.#lastTick = now;
    if (this.#silentMs >= PATIENCE_MS) {
      this.stop();
      this.#dead();
    } else if (this.#silentMs > PERIOD_MS) {
      this.#ask();
    }
  }
}
