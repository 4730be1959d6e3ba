// dash.js 5 as the demo plays with it: stock, with a Fugitive or without.

import { MediaPlayer, type MediaPlayerClass } from 'dashjs';
import { attachFugitive } from 'fugitive-dashjs';
import { apart, type DemoPlayer, type Setup } from '../players.js';

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

function keepOutOfCache(player: MediaPlayerClass): void {
  player.addRequestInterceptor((request) => {
    request.url = apart(request.url ?? '');
    return Promise.resolve(request);
  });
}
