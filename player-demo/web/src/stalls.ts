// Counts how often a video runs out of media, alike for every player: by what the element tells.

type Video = Pick<HTMLVideoElement, 'seeking' | 'ended' | 'addEventListener'>;

export class StallCount {
  readonly #video: Video;
  #played = false;
  #since: number | undefined;
  #count = 0;
  #stalledMs = 0;

  constructor(video: Video) {
    this.#video = video;
    video.addEventListener('playing', () => this.#moves());
    video.addEventListener('waiting', () => this.#waits());
  }

  /** Stalls so far, the one that goes on included. */
  get count(): number {
    return this.#count;
  }

  /** How long it stood still, in milliseconds. */
  get stalledMs(): number {
    return this.#stalledMs + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  #waits(): void {
    // A wait after a jump is the viewer's doing. A jump out of a stall does not end it: so do players that go to the edge.
    if (!this.#played || this.#video.seeking || this.#video.ended || this.#since !== undefined) return;
    this.#since = performance.now();
    this.#count += 1;
  }

  #moves(): void {
    this.#played = true;
    this.#stalledMs = this.stalledMs;
    this.#since = undefined;
  }
}
