// hls.js's loader of fragments, with whole segments answered by the engine. Everything else, and whatever the engine
// declines, goes to the loader that hls.js would have used. Invariant: a load ends once, and never in a failure that
// hls.js's own loader would not have had.

import type { Delivered, WishOrReason } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { absolute, hasOwnHeaders, hasRange } from '../page/url.js';
import type { Loader, LoaderCallbacks, LoaderClass, LoaderConfiguration, LoaderContext, LoaderStats } from './loading.js';

/** Between the request and the first byte of an answer, as hls.js is told it, in milliseconds. */
const LATENCY_MS = 5;

/**
 * The class for `config.fLoader`; `Own` is what hls.js would use, `estimate` what it takes for the throughput, in bits
 * per second.
 */
export function fragmentLoader(session: Session, Own: LoaderClass, estimate: () => number): LoaderClass {
  return class extends SharedLoader {
    constructor(config: never) {
      super(session, new Own(config), estimate);
    }
  };
}

class SharedLoader implements Loader {
  context: LoaderContext | null = null;
  readonly #session: Session;
  readonly #own: Loader;
  readonly #estimate: () => number;
  /** Takes the question back, while the engine has it. */
  #takeBack: (() => void) | undefined;
  #callbacks: LoaderCallbacks | undefined;

  constructor(session: Session, own: Loader, estimate: () => number) {
    this.#session = session;
    this.#own = own;
    this.#estimate = estimate;
  }

  /** One object for both roads: hls.js makes it the fragment's own before it loads. */
  get stats(): LoaderStats {
    return this.#own.stats;
  }

  load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks): void {
    this.context = context;
    const wish = wishOf(context, document.baseURI);
    if (!this.#session.asks(wish)) return this.#loadPlainly(context, config, callbacks, wish);
    const { loading } = this.stats;
    loading.start = performance.now();
    this.#callbacks = callbacks;
    this.#takeBack = this.#session.demand(wish, config.loadPolicy.maxLoadTimeMs, (answer) => {
      if (this.#takeBack === undefined) return;
      this.#takeBack = undefined;
      if (answer.type === 'delivered') return this.#deliver(answer, context, callbacks);
      // hls.js's own loaders take a start for a second load.
      loading.start = 0;
      this.#loadPlainly(context, config, callbacks, wish);
    });
  }

  abort(): void {
    if (!this.#cancel()) return this.#own.abort();
    this.stats.aborted = true;
    if (this.context !== null) this.#callbacks?.onAbort?.(this.stats, this.context, null);
  }

  destroy(): void {
    this.#cancel();
    this.#callbacks = undefined;
    this.context = null;
    this.#own.destroy();
  }

  getCacheAge(): number | null {
    return this.#own.getCacheAge?.() ?? null;
  }

  getResponseHeader(name: string): string | null {
    return this.#own.getResponseHeader?.(name) ?? null;
  }

  #cancel(): boolean {
    const takeBack = this.#takeBack;
    this.#takeBack = undefined;
    takeBack?.();
    return takeBack !== undefined;
  }

  #loadPlainly(
    context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks, wish: WishOrReason,
  ): void {
    this.#own.load(context, config, {
      ...callbacks,
      onSuccess: (response, stats, context, details) => {
        this.#session.fetchedPlainly(stats.loaded, wish);
        callbacks.onSuccess(response, stats, context, details);
      },
    });
  }

  #deliver({ bytes, rate }: Delivered, context: LoaderContext, callbacks: LoaderCallbacks): void {
    const { stats } = this;
    const size = bytes.byteLength;
    stats.loaded = stats.total = size;
    report(stats, rate > 0 ? rate : this.#estimate());
    callbacks.onProgress?.(stats, context, bytes, null);
    callbacks.onSuccess({ url: context.url, data: bytes, code: 200 }, stats, context, null);
  }
}

/**
 * Makes the time that hls.js sees that of a rate. It counts every fragment, from the first byte on, and leaves out none
 * that came at once: where nobody can tell a rate, it hears what it believes already.
 */
function report({ loading, loaded }: LoaderStats, bitsPerSecond: number): void {
  const now = performance.now();
  loading.end = now;
  if (!(bitsPerSecond > 0)) {
    loading.first = Math.max(loading.first, loading.start);
    return;
  }
  loading.first = now - (loaded * 8_000) / bitsPerSecond;
  loading.start = loading.first - LATENCY_MS;
}

/** What to ask of the engine, or why only the player's own request can be right. */
function wishOf({ url, headers, part, rangeStart = 0, rangeEnd = 0 }: LoaderContext, page: string): WishOrReason {
  // The engine's own requests carry no headers of the player. A part of a low-latency segment is no segment. A range of
  // hls.js's own is in no header.
  if (hasOwnHeaders(headers)) return 'ownHeaders';
  if (part) return 'growing';
  if (hasRange(headers)) return 'range';
  const full = absolute(url, page);
  if (full === undefined) return undefined;
  return { url: full, ...(rangeEnd > 0 && { range: { first: rangeStart, last: rangeEnd - 1 } }) };
}
