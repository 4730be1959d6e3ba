// The few members of a dash.js 5 player that are used here.

/** What `attachFugitive` uses of a dash.js 5 `MediaPlayerClass`. */
export interface DashPlayer {
  extend(name: string, child: object, override: boolean): void;
  on(type: string, listener: (event: never) => void, scope?: object): void;
  off(type: string, listener: (event: never) => void, scope?: object): void;
  isReady(): boolean;
  getVersion(): string;
  getVideoElement(): HTMLVideoElement;
}
