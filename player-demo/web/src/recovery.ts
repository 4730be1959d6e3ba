// What has stopped a player, and how it goes on: by itself, or started over once the origin answers again.

import { bufferAhead } from './figures.js';
import type { DemoPlayer, Start } from './players.js';

type Player = Pick<DemoPlayer, 'onFailure' | 'restart'>;
type Video = Pick<HTMLVideoElement, 'paused' | 'ended' | 'buffered' | 'currentTime' | 'addEventListener'>;

/** Less than this ahead of the playhead is nothing to play, in seconds. */
const NOTHING_S = 0.5;
/** So much more in the buffer than before shows that a player goes on by itself, in seconds. */
const GROWN_S = 1;
/** How often it is started over after the origin was away: what it asks for first may fail once more. */
const RESTARTS = 3;

export class Recovery {
  readonly #player: Player;
  readonly #video: Video;
  readonly #manifestUrl: string;
  #reason: string | undefined;
  /** The least that was in the buffer since it failed. */
  #leastS = 0;
  #origin: 'on' | 'off' = 'on';
  #restarts = 0;

  constructor(player: Player, video: Video, manifestUrl: string) {
    this.#player = player;
    this.#video = video;
    this.#manifestUrl = manifestUrl;
    player.onFailure((reason) => {
      this.#reason = reason;
      this.#leastS = bufferAhead(video);
    });
    video.addEventListener('playing', () => { this.#reason = undefined; });
  }

  /** Why it stands still; undefined while it plays, or has something to play. */
  stopped(): string | undefined {
    const bufferS = bufferAhead(this.#video);
    if (bufferS > this.#leastS + GROWN_S) this.#reason = undefined;
    this.#leastS = Math.min(this.#leastS, bufferS);
    if (bufferS > NOTHING_S || this.#video.ended) return undefined;
    if (this.#origin === 'off') return 'the origin is switched off, and nobody else has what comes next. It goes on with the origin';
    return this.#reason;
  }

  /** Takes in whether the origin answers. Returns whether the player was started over for that. */
  see(origin: 'on' | 'off'): 'restarted' | 'left' {
    this.#origin = origin;
    if (origin === 'off') this.#restarts = RESTARTS;
    if (origin === 'off' || this.#restarts === 0 || this.stopped() === undefined) return 'left';
    this.#restarts -= 1;
    this.#reason = undefined;
    const start: Start = this.#video.paused ? 'byViewer' : 'now';
    this.#player.restart(this.#manifestUrl, start);
    return 'restarted';
  }
}
