// Transfers on their way: whoever wants the same file meanwhile shares one, and leaves it without harm to the others.

import type { Answer } from '../page/engine.js';

/** Asks for a file; `answer` is called once, unless the question is taken back by what this returns. */
export type Ask = (url: string, answer: (answer: Answer) => void) => () => void;

interface Transfer {
  answer: Promise<Answer>;
  callers: number;
  takeBack: () => void;
}

export class Transfers {
  readonly #ask: Ask;
  readonly #open = new Map<string, Transfer>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The answer for a file, which all callers have in common. Rejects with the signal's reason once that aborts. */
  get(url: string, signal: AbortSignal): Promise<Answer> {
    const transfer = this.#open.get(url) ?? this.#begin(url);
    transfer.callers += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        transfer.callers -= 1;
        if (transfer.callers > 0) return;
        if (this.#open.get(url) === transfer) this.#open.delete(url);
        transfer.takeBack();
      };
      signal.addEventListener('abort', leave, { once: true });
      void transfer.answer.then((answer) => {
        signal.removeEventListener('abort', leave);
        resolve(answer);
      });
    });
  }

  #begin(url: string): Transfer {
    const { promise, resolve } = withResolver<Answer>();
    const transfer: Transfer = { answer: promise, callers: 0, takeBack: () => undefined };
    this.#open.set(url, transfer);
    transfer.takeBack = this.#ask(url, (answer) => {
      if (this.#open.get(url) === transfer) this.#open.delete(url);
      resolve(answer);
    });
    return transfer;
  }
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => { resolve = settle; });
  return { promise, resolve };
}
