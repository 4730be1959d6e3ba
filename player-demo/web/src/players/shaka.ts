// Shaka as the demo plays with it: stock, with a Fugitive or without.

import shaka from 'shaka-player';
import { attachFugitive } from 'fugitive-dashjs/shaka';
import { apart, RETRIES, RETRY_MS, type DemoPlayer, type Setup } from '../players.js';

/** What went wrong, as Shaka tells it. */
interface ShakaError {
  code?: number;
  severity?: number;
}

export function openShaka({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = new shaka.Player();
  const fugitive = sharing === undefined ? undefined : attachFugitive(shaka, player, sharing);
  const retryParameters = { maxAttempts: RETRIES, baseDelay: RETRY_MS, backoffFactor: 1, fuzzFactor: 0 };
  player.configure({ manifest: { retryParameters }, streaming: { bufferingGoal: bufferS, retryParameters } });
  const network = player.getNetworkingEngine();
  if (sharing === undefined) {
    network?.registerRequestFilter((_, request) => { request.uris = request.uris.map(apart); });
  }
  let loaded = 0;
  network?.registerResponseFilter((type, { data }) => {
    if (type === shaka.net.NetworkingEngine.RequestType.SEGMENT) loaded += data.byteLength;
  });
  const failed: ((reason: string) => void)[] = [];
  const fail = ({ code, severity }: ShakaError) => {
    // It goes on by itself.
    if (severity === shaka.util.Error.Severity.RECOVERABLE) return;
    for (const listener of failed) listener(`Shaka's error ${code ?? 'without a number'}`);
  };
  player.addEventListener('error', (event) => fail((event as Event & { detail?: ShakaError }).detail ?? {}));
  // What cannot be loaded is told as an error of the player's would be, but for a load that a later one has replaced.
  const failLoad = (error: ShakaError) => {
    if (error.code !== shaka.util.Error.Code.LOAD_INTERRUPTED) fail(error);
  };
  return {
    raw: player,
    fugitive,
    play: (manifestUrl, start) => {
      video.autoplay = start === 'now';
      player.attach(video).then(() => player.load(manifestUrl)).catch(failLoad);
    },
    restart: (manifestUrl, start) => {
      video.autoplay = start === 'now';
      player.load(manifestUrl).catch(failLoad);
    },
    isLive: () => player.isLive(),
    bitrate: () => player.getStats().streamBandwidth || undefined,
    loadedBytes: () => loaded,
    behindLiveS: () => (player.isLive() ? player.getStats().liveLatency : undefined),
    onLoaded: (listener) => network?.registerResponseFilter((_, { data }, context) => {
      const { stream, segment } = context ?? {};
      if (stream == null || segment == null) return;
      const startMs = segment.getStartTime() * 1_000;
      const track = stream.originalId ?? `${stream.height ?? 0}p`;
      listener({ track, startMs, durationMs: segment.getEndTime() * 1_000 - startMs, bytes: data.byteLength });
    }),
    onFailure: (listener) => { failed.push(listener); },
  };
}
