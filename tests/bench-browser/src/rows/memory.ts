// Row `memory`, only when asked for: two pages at a live stream for half an hour.

import { readFileSync } from 'node:fs';
import { Audience } from '../audience.js';
import { WITH_SEEDER } from '../contestants.js';
import { figure, median, sum, type Figure } from '../figures.js';
import type { Progress } from '../progress.js';
import { sleep } from '../show.js';
import { openSwarm, type Stage } from '../stage.js';

const PAGES = 2;
const WARM_UP_MINUTES = 5;
const MIB = 1 << 20;
const SETTINGS = { liveSyncDuration: 10, maxLiveSyncPlaybackRate: 1.1 };

export async function memory(stage: Stage, minutes: number, progress: Progress): Promise<Figure[]> {
  const samples = await progress.run(`memory of ${PAGES} pages over ${minutes} minutes`, () => follow(stage, minutes),
    (mib) => mib.map(Math.round).join(' ') + ' MiB, minute by minute') ?? [];
  const steady = samples.slice(WARM_UP_MINUTES);
  const first = median(steady.slice(0, 3));
  return [
    figure(`memory, after ${WARM_UP_MINUTES} minutes`, first, 'MiB for each page'),
    figure(`memory, after ${minutes} minutes`, median(steady.slice(-3)), 'MiB for each page'),
    figure(`memory, most after the first ${WARM_UP_MINUTES} minutes`, Math.max(...steady) / (first ?? NaN), 'ratio to those', { atMost: 1.1 }),
  ];
}

async function follow(stage: Stage, minutes: number): Promise<number[]> {
  const swarm = await openSwarm(stage, WITH_SEEDER, 'live', SETTINGS);
  const audience = await Audience.gather(`${stage.pages}/${WITH_SEEDER.name}`, swarm.setup);
  try {
    for (let page = 0; page < PAGES; page += 1) await audience.join();
    const samples: number[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      await sleep(60);
      samples.push(sum((await audience.renderers()).map(proportionalBytes)) / MIB / PAGES);
      console.error(`  minute ${minute + 1}: ${Math.round(samples.at(-1) ?? 0)} MiB for each page`);
    }
    return samples;
  } finally {
    await audience.leave();
    await swarm.stop();
  }
}

/** A process's memory, with its part of what it shares with others. */
function proportionalBytes(id: number): number {
  const [, kib] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}
