// The same stream a second time in the same page, without sharing: what HTTP alone would have given this viewer. It takes
// its share of the origin's link, as another viewer would.

import { bufferAhead, type Rival } from './figures.js';
import { element } from './page.js';
import type { DemoPlayer, Setup } from './players.js';
import { Recovery } from './recovery.js';
import { StallCount } from './stalls.js';

export class RivalPlayer {
  readonly #video = element('rival', HTMLVideoElement);
  readonly #player: DemoPlayer;
  readonly #recovery: Recovery;
  readonly #stalls: StallCount;

  /** Begins to play together with `video`, muted, and does what the viewer does with that. */
  constructor(open: (setup: Setup) => DemoPlayer, video: HTMLVideoElement, manifestUrl: string, bufferS: number) {
    this.#video.muted = true;
    this.#stalls = new StallCount(this.#video);
    this.#player = open({ video: this.#video, bufferS });
    this.#recovery = new Recovery(this.#player, this.#video, manifestUrl);
    this.#player.play(manifestUrl, 'byViewer');
    // A page that may not play yet says so when it is asked.
    video.addEventListener('play', () => void this.#video.play().catch(() => undefined));
    video.addEventListener('pause', () => {
      if (!video.ended) this.#video.pause();
    });
    video.addEventListener('ratechange', () => { this.#video.playbackRate = video.playbackRate; });
    this.#followJumps(video);
    element('compare', HTMLElement).hidden = false;
  }

  /** Takes in whether the origin answers. */
  see(origin: 'on' | 'off'): void {
    this.#recovery.see(origin);
  }

  figures(): Rival {
    return {
      bytes: this.#player.loadedBytes(),
      bufferS: bufferAhead(this.#video),
      bitrate: this.#player.bitrate(),
      behindLiveS: this.#player.behindLiveS(),
      stalls: this.#stalls.count,
      stalledMs: this.#stalls.stalledMs,
      stopped: this.#recovery.stopped() !== undefined,
    };
  }

  /**
   * Jumps as the viewer does, by as much: two players may count the time of a live stream from different moments. A jump
   * before anything plays, or out of a stall, is the player's own.
   */
  #followJumps(video: HTMLVideoElement): void {
    let at: number | undefined;
    let isDry = false;
    video.addEventListener('playing', () => { isDry = false; });
    video.addEventListener('waiting', () => { isDry ||= !video.seeking; });
    video.addEventListener('timeupdate', () => { if (!video.seeking) at = video.currentTime; });
    video.addEventListener('seeking', () => {
      if (at === undefined || isDry) return;
      const target = this.#player.isLive() ? this.#video.currentTime + video.currentTime - at : video.currentTime;
      at = video.currentTime;
      this.#video.currentTime = Math.max(0, target);
    });
  }
}
