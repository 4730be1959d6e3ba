// The player's own choice of rungs, with segments that peers brought ahead of time: it follows what the engine can
// keep up, and not how fast a stored segment was handed over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

/** The rung of 378 kbit/s is within dash.js's margin of nine tenths, that of 748 kbit/s is not. */
const ENOUGH_FOR_THE_SECOND_RUNG = 600_000;
const ENOUGH_FOR_ALL = 8_000_000;

test('stays_below_what_peers_can_keep_up_and_goes_up_with_it', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch();
  await first.playsPast(4);
  // From its first segment on: what a player fetches by itself tells of this machine's speed.
  const second = await swarm.watch({ before: tellRate, query: { start: 'atOnce' } });
  await second.page.evaluate((rate) => { window.toldRate = rate; }, ENOUGH_FOR_THE_SECOND_RUNG);
  await second.playsPast(22);

  const rungs = await rungsFrom(second, 6_000);
  t.diagnostic(`told ${ENOUGH_FOR_THE_SECOND_RUNG}: ${rungs.join(' ')}`);
  assert.ok(rungs.length >= 6, await second.report());
  assert.deepEqual(rungs.filter((rung) => rung === 'v540'), [], 'went up beyond what can be kept up');
  assert.ok(rungs.includes('v360'), 'stayed below what can be kept up');
  const { bySource } = await second.figures();
  assert.ok(bySource.seeder + bySource.peer > bySource.origin, `not fed by peers: ${JSON.stringify(bySource)}`);
  const kbps = await second.page.evaluate(() => window.fugitiveDemo?.player.getAverageThroughput('video'));
  assert.ok(kbps !== undefined && Math.abs(kbps - 600) < 30, `dash.js takes ${kbps} kbit/s for the throughput`);

  await second.page.evaluate((rate) => { window.toldRate = rate; }, ENOUGH_FOR_ALL);
  await second.until(() => document.querySelector('video')?.videoHeight === 540, 0, 40_000, 'did not go up');
});

/** The rungs of the video segments that the player was given from a time on, in order. */
async function rungsFrom(viewer: Viewer, fromMs: number): Promise<string[]> {
  const delivered = await viewer.events('segmentDelivered');
  return delivered.filter(({ label, startMs }) => label?.startsWith('v') && (startMs ?? 0) >= fromMs)
    .map(({ label }) => label?.split(' ')[0] ?? '');
}

/** Runs in the page: the engine's word on what it can keep up is the test's. */
function tellRate(): void {
  const Native = Worker;
  window.Worker = class extends Native {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options);
      this.addEventListener('message', ({ data }: MessageEvent<{ type: string; rate?: number }>) => {
        if (data.type === 'deliver' && window.toldRate !== undefined) data.rate = window.toldRate;
      });
    }
  };
}
