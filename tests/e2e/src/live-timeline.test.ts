// Live manifests that list their segments, and are loaded again for those that follow: no viewer can count ahead.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begins, isFedByOthers, isUntroubled, start } from './low-latency/stage.js';
import type { Viewer } from './viewer.js';

const LATE_MS = 16_000;

for (const player of ['dashjs', 'shaka']) {
  test(`segments_that_a_live_manifest_lists_as_they_come_are_shared_in_${player}`, async (t) => {
    const { origin, swarm } = await start(t, 'timeline.mpd');
    const viewers: Viewer[] = [];
    for (let count = 0; count < 2; count += 1) {
      const viewer = await swarm.watch({ stream: 'timeline.mpd', player, query: { start: 'atOnce' } });
      await begins(viewer);
      viewers.push(viewer);
    }
    await Promise.all(viewers.map((viewer) => viewer.playsOn(10)));
    for (const viewer of viewers) {
      await isFedByOthers(viewer);
      await isUntroubled(viewer);
      const { stats } = await viewer.figures();
      assert.equal(stats.stalls, 0, await viewer.report());
    }
    const asked = origin.asked.filter(isLate);
    assert.ok(new Set(asked).size >= 4, origin.asked.join(' '));
    assert.ok(asked.length <= new Set(asked).size + 1, `more than one copy of each: ${asked.join(' ')}`);
  });
}

/** A segment that came when both viewers had long begun. */
function isLate(path: string): boolean {
  const [, time] = /^\/t(\d+)\.m4s$/.exec(path) ?? [];
  return Number(time ?? 0) >= LATE_MS;
}
