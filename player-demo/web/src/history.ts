// The last two minutes as numbers, one sample a second: what the plots draw.

import type { SourceBytes } from 'fugitive-dashjs';

/** A moment, about a second after the one before. */
export interface Sample {
  /** Seconds since the page was opened. */
  at: number;
  /** Bytes of segments that came since the moment before, by source, for each second. */
  came: SourceBytes;
  /** Stands for a time in which nobody looked, as browsers have it of a tab that is not seen. */
  isGap?: true;
  bufferS: number;
  /** Bits per second of the rung that is fetched. */
  bitrate: number | undefined;
  /** Of the player that has HTTP only, where there is one. */
  rivalBufferS?: number | undefined;
  rivalBitrate?: number | undefined;
}

/** How much is kept, in seconds. */
export const KEPT_S = 120;
/** Longer between two moments is a gap, in seconds: hidden tabs are woken once a second, or once a minute. */
const GAP_S = 3;

export class History {
  readonly #samples: Sample[] = [];
  #received: SourceBytes | undefined;

  /** Takes in what came until now; `received` counts from the start. */
  add(received: SourceBytes, sample: Omit<Sample, 'came'>): void {
    const before = this.#received ?? received;
    const passedS = sample.at - (this.#samples.at(-1)?.at ?? sample.at - 1);
    const rate = (source: keyof SourceBytes) => Math.max(0, received[source] - before[source]) / Math.max(passedS, 0.1);
    const came = { origin: rate('origin'), seeder: rate('seeder'), peer: rate('peer'), stored: rate('stored') };
    this.#received = received;
    if (passedS > GAP_S) this.#samples.push({ ...sample, came, at: sample.at - passedS / 2, isGap: true });
    this.#samples.push({ ...sample, came });
    while ((this.#samples[0]?.at ?? sample.at) < sample.at - KEPT_S) this.#samples.shift();
  }

  /** What is kept, oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }
}
