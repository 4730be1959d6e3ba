// hls.js as the demo plays with it: stock, with a Fugitive or without.

import Hls, { type ErrorData, type LoadPolicy, type Fragment } from 'hls.js';
import { attachFugitive } from 'fugitive-dashjs/hlsjs';
import { apart, RETRIES, RETRY_MS, type DemoPlayer, type Loaded, type Setup } from '../players.js';

export function openHlsjs({ video, sharing, bufferS }: Setup): DemoPlayer {
  const alone = { xhrSetup: (request: XMLHttpRequest, url: string) => request.open('GET', apart(url), true) };
  const hls = new Hls({ maxBufferLength: bufferS, ...patience(), ...(sharing === undefined && alone) });
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
    restart: (manifestUrl, start) => {
      video.autoplay = start === 'now';
      hls.loadSource(manifestUrl);
    },
    isLive: () => hls.latestLevelDetails?.live ?? false,
    bitrate: () => hls.levels[hls.loadLevel]?.bitrate,
    loadedBytes: () => loaded,
    behindLiveS: () => (hls.latestLevelDetails?.live === true ? hls.latency : undefined),
    onLoaded: (listener) => hls.on(Hls.Events.FRAG_LOADED, (_, { frag, payload }) => {
      if (frag.sn !== 'initSegment') listener(loadedOf(hls, frag, payload.byteLength));
    }),
    onFailure: (listener) => hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) listener(reasonOf(data)); }),
  };
}

/** hls.js's own policies, with more tries. */
function patience(): { manifestLoadPolicy: LoadPolicy; playlistLoadPolicy: LoadPolicy; fragLoadPolicy: LoadPolicy } {
  const { manifestLoadPolicy, playlistLoadPolicy, fragLoadPolicy } = Hls.DefaultConfig;
  const errorRetry = { maxNumRetry: RETRIES, retryDelayMs: RETRY_MS, maxRetryDelayMs: RETRY_MS };
  const patient = (policy: LoadPolicy): LoadPolicy => ({ default: { ...policy.default, errorRetry } });
  return {
    manifestLoadPolicy: patient(manifestLoadPolicy),
    playlistLoadPolicy: patient(playlistLoadPolicy),
    fragLoadPolicy: patient(fragLoadPolicy),
  };
}

/** Named as tracks of DASH are: of a playlist's text hls.js tells less than a label of the plug-in's. */
function loadedOf(hls: Hls, { type, level, start, duration }: Fragment, bytes: number): Loaded {
  const track = String(type) === 'main' ? `${hls.levels[level]?.height ?? 0}p` : 'a0';
  return { track, startMs: start * 1_000, durationMs: duration * 1_000, bytes };
}

function reasonOf({ details, response }: ErrorData): string {
  return response?.code === undefined ? details : `${details}, status ${response.code}`;
}
