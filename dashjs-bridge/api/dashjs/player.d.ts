/** What is read of dash.js 5's settings. */
export interface PlayerSettings {
    streaming?: {
        cacheLoadThresholds?: {
            video?: number;
            audio?: number;
        };
        abr?: {
            throughput?: {
                useResourceTimingApi?: boolean;
            };
        };
    };
}
/** What `attachFugitive` uses of dash.js's `MediaPlayerClass`. */
export interface DashPlayer {
    extend(name: string, child: object, override: boolean): void;
    on(type: 'streamTeardownComplete' | 'updateTimeSyncOffset', listener: (event: object) => void): void;
    isReady(): boolean;
    getVersion(): string;
    getSettings(): object;
    getVideoElement(): HTMLVideoElement;
}
