// dash.js 4 as the demo plays with it: stock, with a Fugitive or without.

import dashjs from 'dashjs4';
import { attachFugitive } from 'fugitive-dashjs';
import { apart, type DemoPlayer, type Setup } from '../players.js';

/** The part of dash.js's event that is read. */
interface Loaded {
  response?: unknown;
}

export function openDashjs4({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = dashjs.MediaPlayer().create();
  const fugitive = sharing === undefined ? undefined : attachFugitive(player, sharing);
  if (sharing === undefined) player.extend('RequestModifier', keepOutOfCache, true);
  player.updateSettings({ streaming: { buffer: { stableBufferTime: bufferS, bufferTimeAtTopQuality: bufferS } } });
  let loaded = 0;
  player.on('fragmentLoadingCompleted', ({ response }: Loaded) => {
    if (response instanceof ArrayBuffer) loaded += response.byteLength;
  });
  return {
    raw: player,
    fugitive,
    play: (manifestUrl, start) => player.initialize(video, manifestUrl, start === 'now'),
    isLive: () => player.isReady() && player.isDynamic(),
    bitrate: () => (player.isReady() ? player.getBitrateInfoListFor('video')[player.getQualityFor('video')]?.bitrate : undefined),
    loadedBytes: () => loaded,
    onFailure: (listener) => player.on('error', listener),
  };
}

/** In the place of dash.js's own `RequestModifier`. */
function keepOutOfCache(): object {
  return { modifyRequestURL: apart };
}
