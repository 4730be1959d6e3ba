// The shapes of dash.js 5's loaders, which its own types leave out, or have as of version 4.

/** dash.js's `FragmentRequest`, and its base for manifests. */
export interface FragmentRequest {
  url: string;
  type: string;
  mediaType: string;
  range?: string | null;
  /** What has come so far; NaN before that. */
  bytesLoaded?: number;
  startTime?: number;
  availabilityStartTime?: Date | number | null;
  isPartialSegmentRequest?: boolean;
  representation?: { id: string; availabilityTimeOffset?: number; mediaInfo?: MediaInfo | null } | null;
  /** What throughput is computed from, where it is set: as in a `PerformanceResourceTiming`. */
  resourceTimingValues?: ResourceTimingValues;
}

/** dash.js's `MediaInfo`. */
export interface MediaInfo {
  /** False where a track is no more than one file. */
  isFragmented?: boolean | null;
}

export interface ResourceTimingValues {
  responseStart: number;
  responseEnd: number;
  transferSize: number;
  decodedBodySize: number;
  encodedBodySize: number;
}

export interface LoadProgress {
  loaded: number;
  total: number;
  lengthComputable: boolean;
  /** Milliseconds since the event before; without it dash.js looks at its clock. */
  time?: number;
  /** Keeps the event out of dash.js's throughput. */
  noTrace?: boolean;
}

/** dash.js's `CommonMediaRequest`. */
export interface LoadRequest {
  url: string;
  method: string;
  body?: unknown;
  headers?: Record<string, string> | null;
  credentials?: string | null;
  timeout?: number | null;
  customData: {
    request: FragmentRequest;
    abort?: () => void;
    onloadend?: (() => void) | undefined;
    onprogress?: ((event: LoadProgress) => void) | undefined;
    onabort?: ((event: object) => void) | undefined;
  };
}

/** dash.js's `CommonMediaResponse`, filled by the loader. */
export interface LoadResponse {
  url?: string | null;
  status?: number;
  statusText?: string;
  headers?: Record<string, string>;
  data?: unknown;
}

/** An `XHRLoader` or `FetchLoader`. The latter has no `reset`. */
export interface Loader {
  load(request: LoadRequest, response: LoadResponse): unknown;
  abort(request?: LoadRequest): void;
  reset?(): void;
  resetInitialSettings?(): void;
}

/** What `HTTPLoader.load` takes. */
export interface LoadConfig {
  request?: FragmentRequest;
  success?: (...args: unknown[]) => void;
  error?: (...args: unknown[]) => void;
  abort?: (...args: unknown[]) => void;
}

export interface HttpLoader {
  load(config: LoadConfig): unknown;
  abort(): void;
}

/** `this` of a function given to `extend`; `parent` is the very instance whose members are replaced after it. */
export interface ExtensionScope<T> {
  parent: T;
}
