// Transfers on their way: whoever wants the same file meanwhile shares one, and leaves it without harm to the others.

import type { Answer } from '../page/engine.js';

/** A file at a URL; by its SHA-224 in hexadecimal digits, where that is all that is known of it. */
export interface WantedFile { url: string; sha224?: string }

/** Asks for a file; `answer` is called once, unless the question is taken back by what this returns. */
export type Ask = (file: WantedFile, answer: (answer: Answer) => void) => () => void;

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
  get(file: WantedFile, signal: AbortSignal): Promise<Answer> {
    const name = nameOf(file);
    const transfer = this.#open.get(name) ?? this.#begin(file);
    transfer.callers += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        transfer.callers -= 1;
        if (transfer.callers > 0) return;
        if (this.#open.get(name) === transfer) this.#open.delete(name);
        transfer.takeBack();
      };
      signal.addEventListener('abort', leave, { once: true });
      void transfer.answer.then((answer) => {
        signal.removeEventListener('abort', leave);
        resolve(answer);
      });
    });
  }

  #begin(file: WantedFile): Transfer {
    const name = nameOf(file);
    const { promise, resolve } = withResolver<Answer>();
    const transfer: Transfer = { answer: promise, callers: 0, takeBack: () => undefined };
    this.#open.set(name, transfer);
    transfer.takeBack = this.#ask(file, (answer) => {
      if (this.#open.get(name) === transfer) this.#open.delete(name);
      resolve(answer);
    });
    return transfer;
  }
}

function nameOf({ url, sha224 = '' }: WantedFile): string {
  return `${sha224} ${url}`;
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => { resolve = settle; });
  return { promise, resolve };
}
