// dash.js 5 as the demo plays with it: stock, with a Fugitive or without.

import { MediaPlayer, type MediaPlayerClass } from 'dashjs';
import { attachFugitive } from 'fugitive-dashjs';
import type { DemoPlayer, Setup } from '../players.js';

/** The part of dash.js's event that is read. */
interface Loaded {
  response?: unknown;
}

export function openDashjs({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = MediaPlayer().create();
  const fugitive = sharing === undefined ? undefined : attachFugitive(player, sharing);
  if (sharing === undefined) keepOutOfCache(player);
  player.updateSettings({ streaming: { buffer: { bufferTimeDefault: bufferS, bufferTimeAtTopQuality: bufferS } } });
  let loaded = 0;
  player.on('fragmentLoadingCompleted', ({ response }: Loaded) => {
    if (response instanceof ArrayBuffer) loaded += response.byteLength;
  });
  return {
    raw: player,
    fugitive,
    play: (manifestUrl, start) => player.initialize(video, manifestUrl, start === 'now'),
    isLive: () => player.isReady() && player.isDynamic(),
    bitrate: () => (player.isReady() ? player.getCurrentRepresentationForType('video')?.bandwidth : undefined),
    loadedBytes: () => loaded,
    onFailure: (listener) => player.on('error', listener),
  };
}

/** Gives each request a name of its own: what the player beside it fetched is not to come out of the browser's cache. */
function keepOutOfCache(player: MediaPlayerClass): void {
  player.addRequestInterceptor((request) => {
    const url = new URL(request.url ?? '', location.href);
    url.searchParams.set('alone', '1');
    request.url = url.href;
    return Promise.resolve(request);
  });
}
