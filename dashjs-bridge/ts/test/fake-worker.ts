// A Worker without an engine: it keeps what the page tells it, and says what a test has it say.

import assert from 'node:assert/strict';
import type { CoreInput } from '../core.js';
import type { ToPage, ToWorker } from '../messages.js';

export class FakeWorker {
  /** All that were made, the latest last. */
  static readonly made: FakeWorker[] = [];

  readonly told: ToWorker[] = [];
  onmessage: ((event: { data: ToPage }) => void) | null = null;

  constructor() { FakeWorker.made.push(this); }

  static get last(): FakeWorker {
    const worker = FakeWorker.made.at(-1);
    assert.ok(worker !== undefined, 'no Worker was made');
    return worker;
  }

  postMessage(message: ToWorker): void { this.told.push(message); }
  terminate(): void { this.onmessage = null; }
  say(data: ToPage): void { this.onmessage?.({ data }); }

  count(type: ToWorker['type']): number {
    return this.told.filter((message) => message.type === type).length;
  }

  /** What the engine was told of one kind, in order. */
  inputs<T extends CoreInput['type']>(type: T): Extract<CoreInput, { type: T }>[] {
    return this.told.flatMap((message) => message.type === 'input' && message.input.type === type
      ? [message.input as Extract<CoreInput, { type: T }>] : []);
  }
}
