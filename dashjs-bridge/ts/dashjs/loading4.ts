// The shapes of dash.js 4's loaders, as far as they are used here.

import type { MediaInfo } from './loading.js';

/** dash.js 4's `ManifestInfo`. */
export interface ManifestInfo4 {
  isDynamic?: boolean;
  /** `MPD@availabilityStartTime`. */
  availableFrom?: Date | null;
}

/** dash.js 4's `FragmentRequest`, and its base for manifests. */
export interface FragmentRequest4 {
  url: string;
  type: string;
  mediaType: string;
  range?: string | null;
  /** What has come so far; NaN before that. */
  bytesLoaded?: number;
  /** On the manifest's timeline, in seconds. */
  startTime?: number;
  /** In seconds. */
  duration?: number;
  representationId?: string | null;
  mediaInfo?: (MediaInfo & { streamInfo?: { manifestInfo?: ManifestInfo4 | null } | null }) | null;
  /** False where a track's segments may be asked for while they grow. */
  availabilityTimeComplete?: boolean;
  firstByteDate?: Date | null;
  requestStartDate?: Date | null;
}

/** What a loader leaves of its answer: the `XMLHttpRequest` itself, or the like of it. */
export interface Response4 {
  status: number;
  statusText: string;
  responseURL?: string;
  response: unknown;
  getAllResponseHeaders?(): string;
}

/** What `HTTPLoader` gives to a loader of its own for each request. */
export interface Load4 {
  url: string;
  method: string;
  withCredentials?: boolean;
  headers?: Record<string, string> | null;
  timeout?: number;
  request: FragmentRequest4;
  response?: Response4;
  onload(): void;
  onend(): void;
  onabort(): void;
  progress(event: { loaded: number; total: number; lengthComputable: boolean; time?: number; noTrace?: boolean }): void;
}

/** An `XHRLoader` or `FetchLoader`; dash.js 4 makes one for each request. */
export interface Loader4 {
  load(load: Load4): void;
  abort(load: Load4): void;
}
