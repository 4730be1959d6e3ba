// Row `memory`, only when asked for: two pages at a live stream for half an hour, and two without the plug-in beside them.

import { readFileSync } from 'node:fs';
import { Audience } from '../audience.js';
import { STOCK, WITH_SEEDER, type Contestant } from '../contestants.js';
import { figure, median, ratio, sum, type Figure } from '../figures.js';
import type { Progress } from '../progress.js';
import { sleep } from '../show.js';
import { openSwarm, type Stage } from '../stage.js';

const PAGES = 2;
const WARM_UP_MINUTES = 5;
const MIB = 1 << 20;
/** By default hls.js keeps all that was played for as long as the browser lets it, and grows. */
const SETTINGS = { liveSyncDuration: 10, maxLiveSyncPlaybackRate: 1.1, backBufferLength: 30 };
const CONTESTANTS: readonly Contestant[] = [STOCK, WITH_SEEDER];

/** MiB of each page, minute by minute. */
type Samples = Map<Contestant, number[]>;

export async function memory(stage: Stage, minutes: number, progress: Progress): Promise<Figure[]> {
  const samples = await progress.run(`memory of ${PAGES} pages over ${minutes} minutes, with the plug-in and without`,
    () => follow(stage, minutes), () => 'done');
  return CONTESTANTS.flatMap((contestant) => {
    const steady = (samples?.get(contestant) ?? []).slice(WARM_UP_MINUTES - 1);
    const goal = contestant.plays === 'fugitive' ? { atMost: 1.1 } : undefined;
    const most = steady.length > 0 ? Math.max(...steady) : undefined;
    return [
      figure(`memory, ${contestant.title}: after ${WARM_UP_MINUTES} minutes`, steady[0], 'MiB for each page'),
      figure(`memory, ${contestant.title}: after ${minutes} minutes`, median(steady.slice(-3)), 'MiB for each page'),
      figure(`memory, ${contestant.title}: most after that / after ${WARM_UP_MINUTES} minutes`, ratio(most, steady[0]), 'ratio', goal),
    ];
  });
}

async function follow(stage: Stage, minutes: number): Promise<Samples> {
  const shown = await Promise.all(CONTESTANTS.map((contestant) => open(stage, contestant)));
  try {
    const samples: Samples = new Map(CONTESTANTS.map((contestant) => [contestant, []]));
    for (let minute = 1; minute <= minutes; minute += 1) {
      await sleep(60);
      for (const { contestant, audience } of shown) {
        samples.get(contestant)?.push(sum((await audience.renderers()).map(proportionalBytes)) / MIB / PAGES);
      }
      const told = [...samples].map(([{ title }, mib]) => `${title} ${Math.round(mib.at(-1) ?? NaN)} MiB`);
      console.error(`  minute ${minute}: ${told.join(', ')}`);
    }
    return samples;
  } finally {
    await Promise.all(shown.map(({ leave }) => leave()));
  }
}

async function open(stage: Stage, contestant: Contestant) {
  const swarm = await openSwarm(stage, contestant, 'live', SETTINGS);
  const audience = await Audience.gather(`${stage.pages}/${contestant.name}`, swarm.setup);
  for (let page = 0; page < PAGES; page += 1) await audience.join();
  const leave = async () => {
    await audience.leave();
    await swarm.stop();
  };
  return { contestant, audience, leave };
}

/** A process's memory, with its part of what it shares with others. */
function proportionalBytes(id: number): number {
  const [, kib] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}
