// What dash.js 5 and 4 have in common for the demo.

import type { Fugitive } from 'fugitive-dashjs';
import { RETRIES, RETRY_MS, type DemoPlayer, type Loaded } from '../players.js';

/** The members of a dash.js player that are the same in both. */
interface DashPlayer {
  initialize(video: HTMLVideoElement, manifestUrl: string, autoPlay: boolean): void;
  attachSource(manifestUrl: string): void;
  setAutoPlay(value: boolean): void;
  isReady(): boolean;
  isDynamic(): boolean;
  getCurrentLiveLatency(): number;
  on(type: string, listener: (event: DashEvent) => void): void;
}

interface DashEvent {
  response?: unknown;
  request?: { startTime?: number | null; duration?: number | null; representation?: { id?: string } | null; representationId?: string };
  error?: { code?: number; message?: string } | string;
}

/** Settings of dash.js, by its names. */
export const PATIENT = {
  retryAttempts: { MPD: RETRIES, MediaSegment: RETRIES, InitializationSegment: RETRIES },
  retryIntervals: { MPD: RETRY_MS, MediaSegment: RETRY_MS, InitializationSegment: RETRY_MS },
};

/** Errors that dash.js goes on from: of the clock, of XLink, of an index, and of text. */
const HARMLESS: readonly number[] = [12, 16, 26, 29, 33];

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
    restart: (manifestUrl, start) => {
      player.setAutoPlay(start === 'now');
      player.attachSource(manifestUrl);
    },
    isLive: () => player.isReady() && player.isDynamic(),
    bitrate: () => (player.isReady() ? bitrate() : undefined),
    loadedBytes: () => loaded,
    behindLiveS: () => (player.isReady() && player.isDynamic() ? player.getCurrentLiveLatency() : undefined),
    onLoaded: (listener) => player.on('fragmentLoadingCompleted', (event) => {
      const segment = loadedOf(event);
      if (segment !== undefined) listener(segment);
    }),
    onFailure: (listener) => player.on('error', ({ error }) => {
      if (typeof error === 'object' && HARMLESS.includes(error.code ?? 0)) return;
      listener(typeof error === 'object' ? error.message ?? `error ${error.code ?? ''}` : error ?? 'no reason is given');
    }),
  };
}

/** Init segments have no times, and are left out. */
function loadedOf({ request, response }: DashEvent): Loaded | undefined {
  const { startTime, duration, representation, representationId } = request ?? {};
  const track = representation?.id ?? representationId;
  if (!(response instanceof ArrayBuffer) || typeof startTime !== 'number' || typeof duration !== 'number' || track === undefined) {
    return undefined;
  }
  return { track, startMs: startTime * 1_000, durationMs: duration * 1_000, bytes: response.byteLength };
}
