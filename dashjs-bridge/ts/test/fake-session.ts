// What loaders use of a session, without an engine behind it.

import type { Answer, Wish } from '../page/engine.js';
import type { LoadedManifest } from '../page/session.js';

export class FakeSession {
  closed = 0;
  readonly shares = true;
  readonly wishes: Wish[] = [];
  readonly manifests: LoadedManifest[] = [];
  readonly patience: unknown[] = [];
  readonly headers: Record<string, string>[] = [];
  cancelled = 0;
  plainBytes = 0;
  plainRequests = 0;
  /** What was wished for, of what was fetched plainly. */
  readonly plainWishes: (Wish | undefined)[] = [];
  readonly #answers: ((answer: Answer) => void)[] = [];

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
  fetchedPlainly(bytes: number, wish?: Wish): void {
    this.plainWishes.push(wish);
    this.plainRequests += 1;
    this.plainBytes += bytes;
  }
}
