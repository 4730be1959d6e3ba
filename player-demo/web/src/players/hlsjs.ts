// hls.js as the demo plays with it: stock, with a Fugitive or without.

import Hls from 'hls.js';
import { attachFugitive } from 'fugitive-dashjs/hlsjs';
import { apart, type DemoPlayer, type Setup } from '../players.js';

export function openHlsjs({ video, sharing, bufferS }: Setup): DemoPlayer {
  const alone = { xhrSetup: (request: XMLHttpRequest, url: string) => request.open('GET', apart(url), true) };
  const hls = new Hls({ maxBufferLength: bufferS, ...(sharing === undefined && alone) });
  const fugitive = sharing === undefined ? undefined : attachFugitive(hls, sharing);
  let loaded = 0;
  hls.on(Hls.Events.FRAG_LOADED, (_, { payload }) => { loaded += payload.byteLength; });
  return {
    raw: hls,
    fugitive,
    play: (manifestUrl, start) => {
      video.autoplay = start === 'now';
      hls.loadSource(manifestUrl);
      hls.attachMedia(video);
    },
    isLive: () => hls.latestLevelDetails?.live ?? false,
    bitrate: () => hls.levels[hls.loadLevel]?.bitrate,
    loadedBytes: () => loaded,
    onFailure: (listener) => hls.on(Hls.Events.ERROR, (_, { fatal }) => { if (fatal) listener(); }),
  };
}
