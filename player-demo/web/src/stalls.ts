// Counts how often a video runs out of media, alike for every player: by what the element tells.

export class StallCount {
  readonly #video: HTMLVideoElement;
  #played = false;
  #since: number | undefined;
  #count = 0;
  #stalledMs = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    video.addEventListener('playing', () => this.#moves());
    video.addEventListener('waiting', () => this.#waits());
    // A wait after a jump is the viewer's doing.
    video.addEventListener('seeking', () => this.#moves());
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
    if (!this.#played || this.#video.seeking || this.#video.ended || this.#since !== undefined) return;
    this.#since = performance.now();
    this.#count += 1;
  }

  #moves(): void {
    this.#played ||= !this.#video.seeking;
    this.#stalledMs = this.stalledMs;
    this.#since = undefined;
  }
}
