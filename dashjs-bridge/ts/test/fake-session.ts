// What loaders use of a session, without an engine behind it.

import type { UnaskedReason } from '../figures.js';
import type { Answer, Wish, WishOrReason } from '../page/engine.js';
import type { LoadedManifest } from '../page/session.js';

export class FakeSession {
  closed = 0;
  readonly wishes: Wish[] = [];
  /** Why other requests were no wishes. */
  readonly unasked: UnaskedReason[] = [];
  readonly manifests: LoadedManifest[] = [];
  readonly patience: unknown[] = [];
  readonly headers: Record<string, string>[] = [];
  cancelled = 0;
  plainBytes = 0;
  plainRequests = 0;
  /** What was wished for, or why not, of what was fetched plainly. */
  readonly plainWishes: WishOrReason[] = [];
  readonly #answers: ((answer: Answer) => void)[] = [];

  /** A session that runs. */
  asks(wish: WishOrReason): wish is Wish {
    if (typeof wish === 'string') this.unasked.push(wish);
    return typeof wish === 'object';
  }

  demand(wish: Wish, patienceMs: unknown, answer: (answer: Answer) => void): () => void {
    this.wishes.push(wish);
    this.patience.push(patienceMs);
    this.#answers.push(answer);
    return () => void (this.cancelled += 1);
  }

  answer(answer: Answer): void {
    for (const tell of this.#answers) tell(answer);
  }

  manifestLoaded(manifest: LoadedManifest): void { this.manifests.push(manifest); }
  responded(headers: Record<string, string> | undefined): void {
    if (headers !== undefined) this.headers.push(headers);
  }
  titleClosed(): void { this.closed += 1; }
  fetchedPlainly(bytes: number, wish?: WishOrReason): void {
    this.plainWishes.push(wish);
    this.plainRequests += 1;
    this.plainBytes += bytes;
  }
}
