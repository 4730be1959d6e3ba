// The same stream a second time in the same page, without sharing: what HTTP alone would have given this viewer. It takes
// its share of the origin's link, as another viewer would.

import { bufferAhead, type Rival } from './figures.js';
import { element } from './page.js';
import type { DemoPlayer, Setup } from './players.js';
import { StallCount } from './stalls.js';

export class RivalPlayer {
  readonly #video = element('rival', HTMLVideoElement);
  readonly #player: DemoPlayer;
  readonly #stalls: StallCount;

  /** Begins to play together with `video`, muted, and stops and goes on when that does. */
  constructor(open: (setup: Setup) => DemoPlayer, video: HTMLVideoElement, manifestUrl: string, bufferS: number) {
    this.#video.muted = true;
    this.#stalls = new StallCount(this.#video);
    this.#player = open({ video: this.#video, bufferS });
    this.#player.play(manifestUrl, 'byViewer');
    // A page that may not play yet says so when it is asked.
    video.addEventListener('play', () => void this.#video.play().catch(() => undefined));
    video.addEventListener('pause', () => {
      if (!video.ended) this.#video.pause();
    });
    element('compare', HTMLElement).hidden = false;
  }

  figures(): Rival {
    return {
      bytes: this.#player.loadedBytes(),
      bufferS: bufferAhead(this.#video),
      bitrate: this.#player.bitrate(),
      stalls: this.#stalls.count,
      stalledMs: this.#stalls.stalledMs,
    };
  }
}
