// One showing: pages of one contestant come one after another to the same stream, and what that took of the origin and of the
// machine.

import { Audience } from './audience.js';
import type { Contestant } from './contestants.js';
import { median, sum } from './figures.js';
import { watchLoad, type Load } from './machine.js';
import type { Seen } from './page/watch.js';
import { openSwarm, type Stage } from './stage.js';

export interface Plan {
  stream: 'film' | 'live';
  pages: number;
  /** Between one page's first frame and the next one's coming. */
  gapS: number;
  /** After the last one has come, before what is counted begins. */
  settleS: number;
  seconds: number;
  /** Settings of hls.js. */
  settings(contestant: Contestant): object;
}

/** What was spent and seen within some time. */
export interface Stretch {
  seconds: number;
  playedS: number;
  playedBytes: number;
  originBytes: number;
  /** What the seeder took from the origin, and what it sent to pages. */
  seederTook: number;
  seederSent: number;
  stalls: number;
  stalledMs: number;
}

export interface Showing {
  /** From the first page's coming on. */
  whole: Stretch;
  /** From the time on at which all have settled. */
  settled: Stretch;
  /** Of all pages, every few seconds: how far behind live. */
  behindS: number[];
  /** Processor seconds of the browser for each minute that somebody watched, once settled. */
  cpuPerMinute: number;
  load: Load;
  /** What each page was given to play, in bytes, those with most first. */
  loaded: number[];
  states: string[];
  errors: string[];
}

const LOOK_EVERY_S = 4;

/** One showing, in a swarm and a browser of its own. */
export async function show(stage: Stage, contestant: Contestant, plan: Plan): Promise<Showing> {
  const swarm = await openSwarm(stage, contestant, plan.stream, plan.settings(contestant));
  const audience = await Audience.gather(`${stage.pages}/${contestant.name}`, swarm.setup);
  try {
    return await watch(stage, audience, plan);
  } finally {
    await audience.leave();
    await swarm.stop();
  }
}

async function watch(stage: Stage, audience: Audience, plan: Plan): Promise<Showing> {
  const begun = { at: performance.now(), sent: { ...stage.origin.sent } };
  for (let page = 0; page < plan.pages; page += 1) {
    if (page > 0) await sleep(plan.gapS);
    await audience.join();
  }
  await sleep(plan.settleS);
  const settled = { at: performance.now(), sent: { ...stage.origin.sent } };
  const [before, processor, endLoad] = [await audience.look(), await audience.processorSeconds(), watchLoad()];
  const looks = [before];
  while (performance.now() - settled.at < plan.seconds * 1_000) {
    await sleep(Math.min(LOOK_EVERY_S, plan.seconds));
    looks.push(await audience.look());
  }
  const [last, spent, load] = [looks.at(-1) ?? before, await audience.processorSeconds() - processor, endLoad()];
  const end = { at: performance.now(), sent: { ...stage.origin.sent } };
  const stretch = (from: typeof end, first: readonly Seen[]): Stretch => ({
    seconds: (end.at - from.at) / 1_000,
    originBytes: end.sent.viewers - from.sent.viewers, seederTook: end.sent.seeders - from.sent.seeders,
    ...Object.fromEntries((['playedS', 'playedBytes', 'stalls', 'stalledMs'] as const).map((count) =>
      [count, total(last, count) - total(first, count)])) as Pick<Stretch, 'playedS' | 'playedBytes' | 'stalls' | 'stalledMs'>,
    seederSent: total(last, 'seederBytes') - total(first, 'seederBytes'),
  });
  const counted = stretch(settled, before);
  return {
    whole: stretch(begun, []), settled: counted, load,
    behindS: looks.flat().flatMap(({ behindS }) => behindS ?? []),
    cpuPerMinute: spent / (counted.playedS / 60),
    loaded: last.map(({ loadedBytes }) => loadedBytes).sort((a, b) => b - a),
    states: last.map(({ state }) => state), errors: last.flatMap(({ errors }) => errors),
  };
}

/** 1 less the origin's bytes per byte played. */
export function offload({ originBytes, playedBytes }: Stretch): number {
  return 1 - originBytes / playedBytes;
}

/** What explains a showing's figures, in a line. */
export function describe({ whole, settled, behindS, load, states, errors, cpuPerMinute }: Showing): string {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  const behind = behindS.length > 0 ? `${(median(behindS) ?? NaN).toFixed(1)} s behind live (${Math.min(...behindS).toFixed(1)}`
    + `-${Math.max(...behindS).toFixed(1)}), ` : '';
  const seeder = whole.seederTook > 0 ? `; seeder took ${mb(settled.seederTook)}, sent ${mb(settled.seederSent)}` : '';
  return `${behind}offload ${offload(settled).toFixed(3)} settled, ${offload(whole).toFixed(3)} from the start `
    + `(origin ${mb(settled.originBytes)} of ${mb(settled.playedBytes)} MB played${seeder}), `
    + `${(settled.playedS / settled.seconds).toFixed(2)} pages playing, ${whole.stalls} stalls of ${(whole.stalledMs / 1_000).toFixed(1)} s, `
    + `${kbps(settled).toFixed(0)} kbit/s, CPU ${cpuPerMinute.toFixed(1)} s/min; machine ${Math.round(load.busy * 100)} % busy, load ${load.load.toFixed(1)}`
    + (errors.length > 0 ? `; errors: ${[...new Set(errors)].slice(0, 4).join(', ')}` : '')
    + (process.env['BENCH_VERBOSE'] !== undefined ? `\n${states.join('\n')}` : '');
}

/** The mean bitrate of what was played. */
export function kbps({ playedBytes, playedS }: Stretch): number {
  return playedBytes * 8 / 1_000 / playedS;
}

function total(seen: readonly Seen[], count: 'playedS' | 'playedBytes' | 'stalls' | 'stalledMs' | 'seederBytes'): number {
  return sum(seen.map((page) => page[count]));
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((done) => { setTimeout(done, seconds * 1_000); });
}
