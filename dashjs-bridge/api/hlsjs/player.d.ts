/** What `attachFugitive` uses of hls.js's settings. Its classes of loaders are whatever hls.js has them be. */
export interface HlsSettings {
    loader: unknown;
    fLoader?: unknown;
    pLoader?: unknown;
}
/** What `attachFugitive` uses of hls.js 1.7's `Hls`. */
export interface HlsPlayer {
    readonly config: HlsSettings;
    readonly media: HTMLMediaElement | null;
    readonly url: string | null;
    readonly bandwidthEstimate: number;
    on(event: never, listener: () => void): void;
}
