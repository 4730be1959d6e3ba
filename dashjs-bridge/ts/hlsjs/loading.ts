// The few members of hls.js 1.7's player and loaders that are used here.

/** Times of a load, on the clock of `performance.now()`. */
export interface LoaderStats {
  aborted: boolean;
  loaded: number;
  total: number;
  loading: { start: number; first: number; end: number };
}

/** What a loader is to load. */
export interface LoaderContext {
  url: string;
  type: string;
  headers?: Record<string, string>;
  rangeStart?: number;
  /** The first byte that is no more of it; 0 where all of the resource is meant. */
  rangeEnd?: number;
  /** Set where a part of a low-latency segment is meant. */
  part?: object | null;
}

export interface LoaderConfiguration {
  loadPolicy: { maxLoadTimeMs: number };
}

export interface LoaderResponse {
  url: string;
  data?: unknown;
  code?: number;
  text?: string;
}

export interface LoaderCallbacks {
  onSuccess(response: LoaderResponse, stats: LoaderStats, context: LoaderContext, details: unknown): void;
  onError(error: { code: number; text: string }, context: LoaderContext, details: unknown, stats: LoaderStats): void;
  onTimeout(stats: LoaderStats, context: LoaderContext, details: unknown): void;
  onAbort?(stats: LoaderStats, context: LoaderContext, details: unknown): void;
  onProgress?(stats: LoaderStats, context: LoaderContext, data: unknown, details: unknown): void;
}

/** hls.js makes one for each request, and destroys it after. */
export interface Loader {
  stats: LoaderStats;
  context: LoaderContext | null;
  load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks): void;
  abort(): void;
  destroy(): void;
  getCacheAge?(): number | null;
  getResponseHeader?(name: string): string | null;
}

export type LoaderClass = new (config: never) => Loader;
