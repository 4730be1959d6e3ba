// The pages that get files for the worker, and what they are asked.
// Invariant: every question is answered once, by a page, by its end, or by the end of patience.

import type { Offer, Reply, ToProvider } from './messages.js';
import type { Reloads } from './reloads.js';

/** A page that lives says within so many milliseconds that it has heard a question. */
const HEARD_MS = 300;
/** A page that was silent so often in a row is not asked any more. */
const MOST_SILENCES = 3;
/** When so many clients were seen, all are as if they had not been. */
const MOST_SEEN = 256;

/** A file that a page got. */
export interface GotFile { bytes: ArrayBuffer; type: string }

/** One page. */
interface Source {
  port: MessagePort;
  urls: ReadonlySet<string>;
  /** Who wait for its answers. */
  waiting: Map<number, Waiting>;
  /** How often it was silent since it last spoke: it may be busy, or put aside by the browser. */
  silences: number;
}

interface Waiting {
  /** It was heard: the file may take its time. */
  onHeard: () => void;
  settle: (file: GotFile | undefined) => void;
}

export class Pages {
  readonly #answerMs: number;
  /** By the ids of clients, the latest last. */
  readonly #sources = new Map<string, Source>();
  /** Who wait for any page to offer something. */
  readonly #arrivals = new Set<() => void>();
  /** Until when each client may wait for that, on the clock of `performance.now()`. */
  readonly #deadlines = new Map<string, number>();
  readonly #reloaded: Pick<Reloads, 'has'>;
  #lastQuestion = 0;

  constructor(answerMs: number, reloaded: Pick<Reloads, 'has'>) {
    this.#answerMs = answerMs;
    this.#reloaded = reloaded;
  }

  /** A page offers files; one that did before offers others now. */
  offered(client: string, { urls }: Offer, port: MessagePort): void {
    this.#lose(client);
    const source: Source = { port, urls: new Set(urls), waiting: new Map(), silences: 0 };
    this.#sources.set(client, source);
    port.onmessage = ({ data }: MessageEvent<Reply>) => {
      source.silences = 0;
      if ('gone' in data) return this.#lose(client);
      const waiting = source.waiting.get(data.id);
      if ('heard' in data) waiting?.onHeard();
      else waiting?.settle(data.file);
    };
    port.postMessage({ heard: true } satisfies ToProvider);
    for (const tell of this.#arrivals) tell();
  }

  /** Whether some page gets a URL for a client. */
  has(url: string, client: string): boolean {
    return this.#offering(url, client).length > 0;
  }

  /**
   * How long a client's request may wait for a page to offer files, in milliseconds; 0 or less: not at all, as once one does.
   * Where none does, a client waits no longer than `waitMs` from when it is first seen.
   */
  patience(client: string, waitMs: number): number {
    if (this.#sources.size > 0) return 0;
    if (this.#deadlines.size === MOST_SEEN) this.#deadlines.clear();
    const now = performance.now();
    const deadline = this.#deadlines.get(client) ?? now + waitMs;
    this.#deadlines.set(client, deadline);
    return deadline - now;
  }

  /** Waits until a page offers something, but no longer than that. */
  arrival(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#arrivals.delete(settle);
        resolve();
      };
      this.#arrivals.add(settle);
      setTimeout(settle, patienceMs);
    });
  }

  /** Asks for a file: the page that wants it, if it offers that, or else the latest that does. */
  ask(url: string, client: string, integrity = ''): Promise<GotFile | undefined> {
    const offering = this.#offering(url, client);
    const [asked, source] = offering.find(([id]) => id === client) ?? offering.at(-1) ?? [];
    if (asked === undefined || source === undefined) return Promise.resolve(undefined);
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    return new Promise((resolve) => {
      const settle = (file: GotFile | undefined) => {
        clearTimeout(patience);
        source.waiting.delete(id);
        resolve(file);
      };
      let patience = setTimeout(() => {
        settle(undefined);
        source.silences += 1;
        if (source.silences >= MOST_SILENCES && this.#sources.get(asked) === source) this.#lose(asked);
      }, Math.min(HEARD_MS, this.#answerMs));
      const onHeard = () => {
        clearTimeout(patience);
        patience = setTimeout(() => settle(undefined), this.#answerMs);
      };
      source.waiting.set(id, { onHeard, settle });
      source.port.postMessage({ id, url, integrity } satisfies ToProvider);
    });
  }

  #offering(url: string, client: string): [string, Source][] {
    // Another tab's list may be older than what the viewer reloads for.
    const isAlone = this.#reloaded.has(client);
    return [...this.#sources].filter(([id, { urls }]) => urls.has(url) && (!isAlone || id === client));
  }

  #lose(client: string): void {
    const source = this.#sources.get(client);
    this.#sources.delete(client);
    source?.port.close();
    for (const { settle } of source?.waiting.values() ?? []) settle(undefined);
  }
}
