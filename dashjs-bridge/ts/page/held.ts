// Demands for an engine that is not there yet: they wait for it a while, and are then the player's own to load.
// Invariant: every demand is passed on or answered once, or taken back.

import type { DeclinedReason } from '../figures.js';
import type { Answer, Engine, Wish } from './engine.js';

/** How long one waits for the engine to begin, in milliseconds. */
const PATIENCE_MS = 2_000;

interface Demand {
  wish: Wish;
  answer: (answer: Answer) => void;
  patience: ReturnType<typeof setTimeout>;
  /** Takes it back from the engine, once that has it. */
  cancel?: () => void;
}

export class HeldDemands {
  readonly #waiting = new Set<Demand>();

  /** Keeps a demand for the engine. Returns how to take it back, be it passed on or not. */
  hold(wish: Wish, answer: (answer: Answer) => void): () => void {
    const demand: Demand = { wish, answer, patience: setTimeout(() => this.#decline(demand, 'waiting'), PATIENCE_MS) };
    this.#waiting.add(demand);
    return () => {
      this.#forget(demand);
      demand.cancel?.();
    };
  }

  /** The engine has begun. */
  passTo(engine: Engine): void {
    for (const demand of [...this.#waiting]) {
      this.#forget(demand);
      demand.cancel = engine.demand(demand.wish, demand.answer);
    }
  }

  /** There will be no engine for them. */
  declineAll(reason: DeclinedReason): void {
    for (const demand of [...this.#waiting]) this.#decline(demand, reason);
  }

  /** Whoever is answered may take others back, or have all declined. */
  #decline(demand: Demand, reason: DeclinedReason): void {
    if (!this.#waiting.has(demand)) return;
    this.#forget(demand);
    demand.answer({ type: 'declined', reason });
  }

  #forget(demand: Demand): void {
    clearTimeout(demand.patience);
    this.#waiting.delete(demand);
  }
}
