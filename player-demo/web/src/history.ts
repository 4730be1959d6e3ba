// The last two minutes as numbers, one sample a second: what the plots draw.

import type { SourceBytes } from 'fugitive-dashjs';

/** One second. */
export interface Sample {
  /** Seconds since the page was opened. */
  at: number;
  /** Bytes of segments that came in this second, by source. */
  came: SourceBytes;
  bufferS: number;
  /** Bits per second of the rung that is fetched. */
  bitrate: number | undefined;
  /** Of the player that has HTTP only, where there is one. */
  rivalBufferS?: number | undefined;
  rivalBitrate?: number | undefined;
}

/** How much is kept, in seconds. */
export const KEPT_S = 120;

export class History {
  readonly #samples: Sample[] = [];
  #received: SourceBytes | undefined;

  /** Takes the second in that ends now; `received` counts from the start. */
  add(received: SourceBytes, sample: Omit<Sample, 'came'>): void {
    const before = this.#received ?? received;
    const came = {
      origin: Math.max(0, received.origin - before.origin),
      seeder: Math.max(0, received.seeder - before.seeder),
      peer: Math.max(0, received.peer - before.peer),
      stored: Math.max(0, received.stored - before.stored),
    };
    this.#received = received;
    this.#samples.push({ ...sample, came });
    while ((this.#samples[0]?.at ?? sample.at) < sample.at - KEPT_S) this.#samples.shift();
  }

  /** What is kept, oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }
}
