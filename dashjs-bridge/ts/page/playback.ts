// Watches the video element: where playback stands, and when it stalls. Asks the element alone, so that any
// player would do.

import type { CoreInput } from '../core.js';
import type { HostEvent } from '../events.js';
import type { FugitiveStats } from '../fugitive.js';

type Playback = Extract<CoreInput, { type: 'playback' }>;

/** What playback is told to. */
export interface PlaybackListener {
  playback(playback: Playback): void;
  seeked(positionMs: number): void;
  event(event: HostEvent): void;
}

/** How often the element is looked at, in milliseconds. */
const PERIOD_MS = 250;

export class PlaybackWatch {
  readonly #listener: PlaybackListener;
  readonly #findVideo: () => HTMLVideoElement | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #video: HTMLVideoElement | undefined;
  #events: AbortController | undefined;
  #told: Playback | undefined;
  /** Media was played since the start or the last seek: only then is a wait a stall. */
  #flowing = false;
  #stalledSince: number | undefined;
  #stalls = 0;
  #stalledMs = 0;

  constructor(findVideo: () => HTMLVideoElement | undefined, listener: PlaybackListener) {
    this.#findVideo = findVideo;
    this.#listener = listener;
  }

  /** What `FugitiveStats` says of playback. */
  figures(): Pick<FugitiveStats, 'stalls' | 'stalledMs' | 'positionMs' | 'bufferedMs'> {
    const { positionMs = 0, bufferedMs = 0 } = this.#told ?? {};
    const still = this.#stalledSince === undefined ? 0 : performance.now() - this.#stalledSince;
    return { stalls: this.#stalls, stalledMs: Math.round(this.#stalledMs + still), positionMs, bufferedMs };
  }

  /** How long what there is to play lasts from this moment on, if it is played. */
  get bufferedMs(): number {
    const video = this.#findVideo();
    return video === undefined ? 0 : bufferedAheadMs(video) / Math.max(1, video.playbackRate);
  }

  /** Begins anew, for a title that begins. */
  start(): void {
    this.stop();
    this.#told = undefined;
    this.#flowing = false;
    this.#stalls = 0;
    this.#stalledMs = 0;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS);
  }

  /** Tells where playback stands, to an engine that begins after the title did. */
  tellAgain(): void {
    this.#told = undefined;
    this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watch(undefined);
  }

  #look(): void {
    const video = this.#findVideo();
    if (video !== this.#video) this.#watch(video);
    if (video === undefined) return;
    this.#onFlow(video);
    this.#tell(video);
  }

  #watch(video: HTMLVideoElement | undefined): void {
    this.#events?.abort();
    this.#endStall();
    this.#video = video;
    if (video === undefined) return;
    this.#events = new AbortController();
    const { signal } = this.#events;
    const on = (types: string[], listener: () => void) => {
      for (const type of types) video.addEventListener(type, listener, { signal });
    };
    // How long a viewer's own pause takes is no fault of the stream's.
    on(['pause'], () => this.#endStall());
    on(['play', 'pause', 'ended', 'ratechange'], () => this.#tell(video));
    on(['seeking'], () => this.#onSeeking(video));
    on(['waiting'], () => this.#onWaiting(video));
    on(['playing'], () => this.#onFlow(video));
  }

  #onSeeking(video: HTMLVideoElement): void {
    this.#endStall();
    this.#flowing = false;
    this.#listener.seeked(video.currentTime * 1_000);
    this.#tell(video);
  }

  #onWaiting(video: HTMLVideoElement): void {
    if (!this.#flowing || video.seeking || video.ended || this.#stalledSince !== undefined) return;
    this.#stalledSince = performance.now();
    this.#stalls += 1;
    this.#listener.event({ type: 'stalled', positionMs: video.currentTime * 1_000 });
    this.#tell(video);
  }

  #onFlow(video: HTMLVideoElement): void {
    if (video.paused || video.seeking || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
    this.#flowing = true;
    this.#endStall();
  }

  #endStall(): void {
    const video = this.#video;
    if (video === undefined || this.#stalledSince === undefined) return;
    const stalledMs = performance.now() - this.#stalledSince;
    this.#stalledSince = undefined;
    this.#stalledMs += stalledMs;
    this.#listener.event({ type: 'resumed', positionMs: video.currentTime * 1_000, stalledMs });
  }

  #tell(video: HTMLVideoElement): void {
    const playback: Playback = {
      type: 'playback',
      positionMs: Math.round(video.currentTime * 1_000),
      bufferedMs: bufferedAheadMs(video),
      state: stateOf(video),
    };
    if (JSON.stringify(playback) === JSON.stringify(this.#told)) return;
    this.#told = playback;
    this.#listener.playback(playback);
  }
}

function stateOf(video: HTMLVideoElement): Playback['state'] {
  if (video.paused || video.ended) return 'paused';
  return video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? 'stalled' : 'playing';
}

/** Media ready ahead of the playhead: the element shows what audio and video have in common. */
function bufferedAheadMs({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index += 1) {
    // A gap this small is played over.
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index)) {
      return Math.round((buffered.end(index) - currentTime) * 1_000);
    }
  }
  return 0;
}
