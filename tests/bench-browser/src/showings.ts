// Showings of all contestants, run by run in turn, and the figures that live streams and films have in common.

import { STOCK, type Contestant } from './contestants.js';
import { figure, median, ratio, type Figure } from './figures.js';
import type { Progress } from './progress.js';
import { describe, kbps, offload, show, type Plan, type Showing } from './show.js';
import type { Stage } from './stage.js';

export { offload };

export type Showings = ReadonlyMap<Contestant, readonly Showing[]>;

/** Shows the same to the pages of each contestant, and that `runs` times. */
export async function showAll(
  stage: Stage, contestants: readonly Contestant[], plan: Plan, runs: number, progress: Progress,
): Promise<Showings> {
  const showings = new Map<Contestant, Showing[]>(contestants.map((contestant) => [contestant, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const contestant of contestants) {
      const showing = await progress.run(`${plan.stream}, ${contestant.title}`, () => show(stage, contestant, plan), describe);
      if (showing !== undefined) showings.get(contestant)?.push(showing);
    }
  }
  return showings;
}

/** Of several showings of the same. */
export function medianOf(showings: readonly Showing[] | undefined, value: (showing: Showing) => number): number | undefined {
  return median((showings ?? []).map(value));
}

/** Stalls and bitrate beside those of the stock player. */
export function quality(showings: Showings): Figure[] {
  const stock = showings.get(STOCK);
  return [...showings].filter(([{ plays }]) => plays !== 'stock').flatMap(([{ title, plays }, seen]) => {
    const stalls = (those: readonly Showing[] | undefined) => medianOf(those, ({ whole }) => whole.stalls);
    const bitrate = (those: readonly Showing[] | undefined) => medianOf(those, ({ whole }) => kbps(whole));
    const goal = <T>(goal: T) => (plays === 'fugitive' ? goal : undefined);
    return [
      figure(`${title}: stalls`, stalls(seen), 'stalls', goal({ atMost: stalls(stock) ?? 0 }), `${stalls(stock)} with hls.js alone`),
      figure(`${title}: mean bitrate / hls.js alone`, ratio(bitrate(seen), bitrate(stock)), 'ratio', goal({ atLeast: 0.98 })),
    ];
  });
}
