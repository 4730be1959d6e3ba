// Row `startup`: from the navigation to the first frame, with nobody else there. Every page comes with an empty cache.

import { Audience } from '../audience.js';
import { LEADER, QUORUM, STOCK, type Contestant } from '../contestants.js';
import { figure, median, ratio, type Figure } from '../figures.js';
import type { Progress } from '../progress.js';
import { openSwarm, type Stage } from '../stage.js';

const ROUNDS = 9;
const CONTESTANTS: readonly Contestant[] = [STOCK, QUORUM, LEADER];

export async function startup(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  const times = new Map<Contestant, number[]>(CONTESTANTS.map((contestant) => [contestant, []]));
  const rounds = ROUNDS * runs;
  await progress.run(`startup, ${rounds} rounds of each`, async () => {
    // The first of each warms the machine's caches of files, and does not count.
    for (let round = -1; round < rounds; round += 1) {
      for (const contestant of CONTESTANTS) {
        const time = await start(stage, contestant);
        if (round >= 0) times.get(contestant)?.push(time);
      }
    }
  }, () => [...times].map(([{ title }, ms]) => `${title} ${ms.map(Math.round).join(' ')} ms`).join('; '));
  const of = (contestant: Contestant) => median(times.get(contestant) ?? []);
  return [
    ...CONTESTANTS.map((contestant) => figure(`startup, ${contestant.title}`, of(contestant), 'ms')),
    figure('startup, fugitive / hls.js alone', ratio(of(QUORUM), of(STOCK)), 'ratio', { atMost: 1.05 }),
    figure('startup, p2p-media-loader / hls.js alone', ratio(of(LEADER), of(STOCK)), 'ratio'),
  ];
}

async function start(stage: Stage, contestant: Contestant): Promise<number> {
  const swarm = await openSwarm(stage, contestant, 'film', {});
  const audience = await Audience.gather(`${stage.pages}/${contestant.name}`, swarm.setup);
  try {
    await audience.join();
    const [seen] = await audience.look();
    return seen?.firstFrameMs ?? NaN;
  } finally {
    await audience.leave();
    await swarm.stop();
  }
}
