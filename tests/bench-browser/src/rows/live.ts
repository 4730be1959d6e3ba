// Row `live`: four pages at the edge of a live stream; and row `cpu`: what the same costs, with p2p-media-loader also where it
// places viewers by itself, for near the edge it shares nothing.

import * as contestants from '../contestants.js';
import type { Contestant } from '../contestants.js';
import { figure, median, ratio, type Figure } from '../figures.js';
import type { Progress } from '../progress.js';
import { medianOf, offload, quality, showAll, type Showings } from '../showings.js';
import type { Plan, Showing } from '../show.js';
import type { Stage } from '../stage.js';

const PAGES = 4;
const LATEST_S = 13;
const PLAN: Plan = {
  stream: 'live', pages: PAGES, gapS: 1, settleS: 15, seconds: 32,
  settings: () => ({ liveSyncDuration: 10, maxLiveSyncPlaybackRate: 1.1 }),
};

export async function live(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  const { STOCK, WITH_SEEDER, QUORUM, OPEN, LEADER, LEADER_AS_IT_COMES, LEADER_FAR_BEHIND } = contestants;
  const all = [STOCK, WITH_SEEDER, QUORUM, OPEN, LEADER, LEADER_AS_IT_COMES, LEADER_FAR_BEHIND];
  const showings = await showAll(stage, all, PLAN, runs, progress);
  return [...all.flatMap((contestant) => sharing(contestant, showings)), ...quality(showings), ...cost(showings)];
}

export async function cpu(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  const { STOCK, WITH_SEEDER, LEADER, LEADER_FAR_BEHIND } = contestants;
  return cost(await showAll(stage, [STOCK, WITH_SEEDER, LEADER, LEADER_FAR_BEHIND], PLAN, runs, progress));
}

function sharing(contestant: Contestant, showings: Showings): Figure[] {
  const seen = showings.get(contestant);
  const of = (value: (showing: Showing) => number) => medianOf(seen, value);
  const name = (what: string) => `live, ${contestant.title}: ${what}`;
  // A swarm has each segment sent once: so much could be spared. Where two must vouch for it, it is less.
  const [once, possible] = [1 - 1 / PAGES, 1 - contestants.sourcesNeeded(contestant) / PAGES];
  const goals = contestant.plays === 'fugitive';
  const behind = figure(name('behind live'), of(({ behindS }) => median(behindS) ?? NaN), 's', goals ? { atMost: LATEST_S } : undefined);
  if (contestant.plays === 'stock') return [behind];
  const rows = [
    behind,
    figure(name(`offload / (1 - 1/${PAGES})`), of(({ settled }) => offload(settled) / once), 'ratio', goals ? { atLeast: 0.95 } : undefined),
    ...(possible === once ? [] : [figure(name('offload / possible'), of(({ settled }) => offload(settled) / possible), 'ratio')]),
    figure(name('offload from the start'), of(({ whole }) => offload(whole)), 'of bytes played'),
  ];
  if (contestant.trust !== 'signed') return rows;
  return [
    ...rows,
    figure(name('offload, the seeder\'s requests counted too'),
      of(({ settled }) => 1 - (settled.originBytes + settled.seederTook) / settled.playedBytes), 'of bytes played'),
    figure(name('sent by the seeder'), of(({ settled }) => settled.seederSent / settled.playedBytes), 'of bytes played'),
  ];
}

function cost(showings: Showings): Figure[] {
  const spent = (contestant: Contestant) => medianOf(showings.get(contestant), ({ cpuPerMinute }) => cpuPerMinute);
  const { STOCK, WITH_SEEDER, LEADER, LEADER_FAR_BEHIND } = contestants;
  const share = (contestant: Contestant) => medianOf(showings.get(contestant), ({ settled }) => offload(settled))?.toFixed(2);
  return [
    ...[STOCK, WITH_SEEDER, LEADER, LEADER_FAR_BEHIND].map((contestant) =>
      figure(`cpu, ${contestant.title}`, spent(contestant), 's per minute watched', undefined, `offload ${share(contestant)}`)),
    figure('cpu, fugitive / p2p-media-loader far behind', ratio(spent(WITH_SEEDER), spent(LEADER_FAR_BEHIND)), 'ratio', { atMost: 1.3 },
      `offload ${share(WITH_SEEDER)} and ${share(LEADER_FAR_BEHIND)}`),
    figure('cpu, fugitive / p2p-media-loader as near', ratio(spent(WITH_SEEDER), spent(LEADER)), 'ratio', undefined,
      `offload ${share(WITH_SEEDER)} and ${share(LEADER)}`),
  ];
}
