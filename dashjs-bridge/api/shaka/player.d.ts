/** What a request filter gets and a scheme's plug-in after it: the same object. */
export interface ShakaRequest {
    method: string;
    body: unknown;
    headers: Record<string, string>;
    allowCrossSiteCredentials: boolean;
    retryParameters: {
        timeout: number;
        connectionTimeout?: number;
    };
    /** Takes a segment's bytes as they come. Shaka sets it for what it loads ahead, too, and does without. */
    streamDataCallback: unknown;
}
export interface ShakaResponse {
    uri: string;
    originalUri: string;
    data: ArrayBuffer | ArrayBufferView;
    status?: number;
    headers: Record<string, string>;
    /** Milliseconds that the throughput is computed from. */
    timeMs?: number;
    /** Keeps the answer out of the throughput. */
    fromCache?: boolean;
    originalRequest: ShakaRequest;
}
/** What is known of a request: its kind, and the stream that it is of. */
export interface ShakaContext {
    type?: number;
    segment?: ShakaSegment;
    stream?: {
        type: string;
    };
    isPreload?: boolean;
}
export interface ShakaOperation {
    promise: Promise<ShakaResponse>;
    abort(): Promise<unknown>;
}
/** A `shaka.media.SegmentReference`. */
export interface ShakaSegment {
    /** In seconds on the presentation's timeline. */
    getEndTime(): number;
}
/** A `shaka.media.PresentationTimeline`, with times in seconds since the presentation's start. */
export interface ShakaTimeline {
    isDynamic(): boolean;
    /** What begins later cannot be asked for yet. */
    getSegmentAvailabilityEnd(): number;
    /** How long before it is whole a segment can be asked for. */
    getAvailabilityTimeOffset(): number;
    getMaxSegmentDuration(): number;
    /** Whether the live edge goes by the clock, and not by what is listed. */
    usingPresentationStartTime(): boolean;
}
export interface ShakaManifest {
    isLowLatency: boolean;
    /** `DASH` or `HLS`. */
    type: string;
    presentationTimeline: ShakaTimeline;
}
/** A scheme's plug-in. */
export type ShakaPlugin = (uri: string, request: ShakaRequest, type: number, progressUpdated: unknown, headersReceived: (headers: Record<string, string>) => void, config: unknown) => ShakaOperation;
/** What `attachFugitive` uses of the namespace `shaka`. */
export interface ShakaNamespace {
    net: {
        NetworkingEngine: {
            registerScheme(scheme: string, plugin: never, priority?: number, progressSupport?: boolean): void;
            PluginPriority: {
                APPLICATION: number;
            };
            RequestType: {
                MANIFEST: number;
                SEGMENT: number;
            };
            AdvancedRequestType: {
                MPD: number;
                MASTER_PLAYLIST: number;
                MEDIA_PLAYLIST: number;
            };
        };
        HttpFetchPlugin: {
            parse: unknown;
            isSupported(): boolean;
        };
        HttpXHRPlugin: {
            parse: unknown;
        };
    };
    util: {
        AbortableOperation: new (promise: Promise<never>, onAbort: () => Promise<never>) => object;
        Error: (new (severity: number, category: number, code: number) => object) & {
            Severity: {
                RECOVERABLE: number;
            };
            Category: {
                PLAYER: number;
            };
            Code: {
                OPERATION_ABORTED: number;
            };
        };
    };
}
/** What `attachFugitive` uses of a `shaka.Player`. */
export interface ShakaPlayer {
    getMediaElement(): HTMLMediaElement | null;
    getAssetUri(): string | null;
    getNetworkingEngine(): ShakaNetworking | null;
    getConfiguration(): {
        streaming: {
            lowLatencyMode: boolean;
        };
    };
    getManifest(): ShakaManifest | null;
    addEventListener(type: string, listener: () => void): void;
}
export interface ShakaNetworking {
    registerRequestFilter(filter: never): void;
}
