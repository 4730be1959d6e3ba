// Shaka as the demo plays with it: stock, with a Fugitive or without.

import shaka from 'shaka-player';
import { attachFugitive } from 'fugitive-dashjs/shaka';
import { apart, type DemoPlayer, type Setup } from '../players.js';

export function openShaka({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = new shaka.Player();
  const fugitive = sharing === undefined ? undefined : attachFugitive(shaka, player, sharing);
  player.configure({ streaming: { bufferingGoal: bufferS } });
  const network = player.getNetworkingEngine();
  if (sharing === undefined) {
    network?.registerRequestFilter((_, request) => { request.uris = request.uris.map(apart); });
  }
  let loaded = 0;
  network?.registerResponseFilter((type, { data }) => {
    if (type === shaka.net.NetworkingEngine.RequestType.SEGMENT) loaded += data.byteLength;
  });
  const failed: (() => void)[] = [];
  const fail = () => { for (const listener of failed) listener(); };
  player.addEventListener('error', fail);
  return {
    raw: player,
    fugitive,
    play: (manifestUrl, start) => {
      video.autoplay = start === 'now';
      // What cannot be loaded is told as an error of the player's would be.
      void player.attach(video).then(() => player.load(manifestUrl)).catch(fail);
    },
    isLive: () => player.isLive(),
    bitrate: () => player.getStats().streamBandwidth || undefined,
    loadedBytes: () => loaded,
    onFailure: (listener) => { failed.push(listener); },
  };
}
