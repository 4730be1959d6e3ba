// What dash.js 5 and 4 have in common for the demo.

import type { Fugitive } from 'fugitive-dashjs';
import type { DemoPlayer } from '../players.js';

/** The members of a dash.js player that are the same in both. */
interface DashPlayer {
  initialize(video: HTMLVideoElement, manifestUrl: string, autoPlay: boolean): void;
  isReady(): boolean;
  isDynamic(): boolean;
  on(type: string, listener: (event: { response?: unknown }) => void): void;
}

/** `bitrate` is asked for once the player is ready. */
export function demoPlayer(
  player: DashPlayer, video: HTMLVideoElement, fugitive: Fugitive | undefined, bitrate: () => number | undefined,
): DemoPlayer {
  let loaded = 0;
  player.on('fragmentLoadingCompleted', ({ response }) => {
    if (response instanceof ArrayBuffer) loaded += response.byteLength;
  });
  return {
    raw: player,
    fugitive,
    play: (manifestUrl, start) => player.initialize(video, manifestUrl, start === 'now'),
    isLive: () => player.isReady() && player.isDynamic(),
    bitrate: () => (player.isReady() ? bitrate() : undefined),
    loadedBytes: () => loaded,
    onFailure: (listener) => player.on('error', listener),
  };
}
