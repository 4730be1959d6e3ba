// Rows `vod` and `visits`: four pages come to a film 10 s after each other, and leave long before its end.

import { SEGMENT_S } from '../clip.js';
import { LEADER, LEADER_AS_IT_COMES, OPEN, QUORUM, sourcesNeeded, STOCK, WITH_SEEDER, type Contestant } from '../contestants.js';
import { figure, type Figure } from '../figures.js';
import type { Progress } from '../progress.js';
import { medianOf, offload, quality, showAll, type Showings } from '../showings.js';
import type { Plan, Showing } from '../show.js';
import type { Stage } from '../stage.js';

/** By default hls.js would fetch ten minutes of this film ahead. p2p-media-loader has it fetch 15 s, where the page does not say. */
const BUFFER = { maxBufferLength: 30, maxMaxBufferLength: 30 };
/** How long pages stay after the last has come, in seconds. */
const WATCHED_S = 150;
const LOOKED_INTO_S = 45;
const CONTESTANTS: readonly Contestant[] = [STOCK, WITH_SEEDER, QUORUM, OPEN, LEADER, LEADER_AS_IT_COMES];

/** They watch a while. */
export function film(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  return watched('vod', WATCHED_S, stage, runs, progress);
}

/** They only look into it, so that what each of them starts with weighs most. */
export function visits(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  return watched('visits', LOOKED_INTO_S, stage, runs, progress);
}

async function watched(row: string, seconds: number, stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  const plan: Plan = {
    stream: 'film', pages: 4, gapS: 10, settleS: 0, seconds, settings: ({ plays }) => (plays === 'leader' ? {} : BUFFER),
  };
  const showings = await showAll(stage, CONTESTANTS, plan, runs, progress);
  return [...CONTESTANTS.flatMap((contestant) => sharing(contestant, showings)), ...quality(showings)]
    .map((figure) => ({ ...figure, name: `${row}, ${figure.name}` }));
}

function sharing(contestant: Contestant, showings: Showings): Figure[] {
  const { title, plays, trust } = contestant;
  if (plays === 'stock') return [];
  const sources = sourcesNeeded(contestant);
  const possible = (showing: Showing) => 1 - leastSent(showing, sources);
  const of = (value: (showing: Showing) => number) => medianOf(showings.get(contestant), value);
  const goal = <T>(goal: T) => (plays === 'fugitive' ? goal : undefined);
  const rows = [
    figure(`${title}: offload / possible`, of((showing) => offload(showing.whole) / possible(showing)), 'ratio', goal({ atLeast: 0.9 })),
    // A seeder is there before the first page.
    ...(trust === 'signed' ? [] : [figure(`${title}: offload / possible where each page's first segment is its own`,
      of((showing) => offload(showing.whole) / (possible(showing) - firstSegments(showing, sources))), 'ratio')]),
    figure(`${title}: offload`, of(({ whole }) => offload(whole)), 'of bytes played', undefined,
      `possible ${of(possible)?.toFixed(3)}`),
    figure(`${title}: origin bytes / bytes watched`, of(({ whole }) => whole.originBytes / whole.playedBytes), 'ratio',
      goal({ atMost: 1 })),
  ];
  if (trust !== 'signed') return rows;
  return [
    ...rows,
    figure(`${title}: origin bytes, the seeder's requests counted too`,
      of(({ whole }) => (whole.originBytes + whole.seederTook) / whole.playedBytes), 'of bytes played'),
    figure(`${title}: sent by the seeder`, of(({ whole }) => whole.seederSent / whole.playedBytes), 'of bytes played'),
  ];
}

/** Of what was played, what the origin must send: what those pages are given to play that nobody is ahead of. */
function leastSent({ loaded, whole }: Showing, sources: number): number {
  return loaded.slice(0, sources).reduce((sum, bytes) => sum + bytes, 0) / whole.playedBytes;
}

/** And what each of the others starts with: it has no link yet. */
function firstSegments({ loaded, whole }: Showing, sources: number): number {
  return (loaded.length - sources) * SEGMENT_S / whole.playedS;
}
