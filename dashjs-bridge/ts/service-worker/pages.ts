// The pages that get files for the worker, and what they are asked.
// Invariant: every question is answered once, by a page, by its end, or by the end of patience.

import type { Offer, Reply, ToProvider } from './messages.js';

/** A file that a page got. */
export interface GotFile { bytes: ArrayBuffer; type: string }

/** One page. */
interface Source {
  port: MessagePort;
  urls: ReadonlySet<string>;
  /** Who wait for its answers. */
  waiting: Map<number, (file: GotFile | undefined) => void>;
}

export class Pages {
  readonly #answerMs: number;
  /** By the ids of clients, the latest last. */
  readonly #sources = new Map<string, Source>();
  /** Who wait for any page to offer something. */
  readonly #arrivals = new Set<() => void>();
  #lastQuestion = 0;

  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  /** A page offers files; one that did before offers others now. */
  offered(client: string, { urls }: Offer, port: MessagePort): void {
    this.#lose(client);
    const source: Source = { port, urls: new Set(urls), waiting: new Map() };
    this.#sources.set(client, source);
    port.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('gone' in data) return this.#lose(client);
      source.waiting.get(data.id)?.(data.file);
    };
    port.postMessage({ heard: true } satisfies ToProvider);
    for (const tell of [...this.#arrivals]) tell();
  }

  /** Whether some page gets a URL. */
  has(url: string): boolean {
    return [...this.#sources.values()].some(({ urls }) => urls.has(url));
  }

  /** Waits until a page gets a URL, but no longer than that. */
  async awaited(url: string, waitMs: number): Promise<void> {
    if (waitMs === 0 || this.has(url)) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(patience);
        this.#arrivals.delete(settle);
        resolve();
      };
      const patience = setTimeout(settle, waitMs);
      this.#arrivals.add(settle);
    });
  }

  /** Asks for a file: the page that wants it, if it offers that, or else the latest that does. */
  ask(url: string, client: string): Promise<GotFile | undefined> {
    const offering = [...this.#sources].filter(([, { urls }]) => urls.has(url));
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
      // A page that was closed or put aside by the browser says nothing.
      const patience = setTimeout(() => this.#lose(asked, source), this.#answerMs);
      source.waiting.set(id, settle);
      source.port.postMessage({ id, url } satisfies ToProvider);
    });
  }

  #lose(client: string, only?: Source): void {
    const source = this.#sources.get(client);
    if (only !== undefined && only !== source) {
      for (const settle of [...only.waiting.values()]) settle(undefined);
      return;
    }
    this.#sources.delete(client);
    source?.port.close();
    for (const settle of [...source?.waiting.values() ?? []]) settle(undefined);
  }
}
