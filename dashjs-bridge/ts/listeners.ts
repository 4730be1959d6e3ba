// The app's listeners, by the tag of the events that they want.

import type { FugitiveEvent } from './events.js';

type Listener = (event: FugitiveEvent) => void;

/** Listeners by tag. A listener that throws does not keep the others from being called. */
export class Listeners {
  readonly #byType = new Map<string, Set<Listener>>();

  add(type: string, listener: Listener): void {
    const listeners = this.#byType.get(type) ?? new Set();
    listeners.add(listener);
    this.#byType.set(type, listeners);
  }

  remove(type: string, listener: Listener): void {
    this.#byType.get(type)?.delete(listener);
  }

  emit(event: FugitiveEvent): void {
    for (const type of [event.type, '*']) {
      for (const listener of [...(this.#byType.get(type) ?? [])]) {
        try {
          listener(event);
        } catch (error) {
          reportError(error);
        }
      }
    }
  }
}
