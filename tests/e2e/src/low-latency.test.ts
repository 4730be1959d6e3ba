// Streams of low latency: what still grows goes past the engine, and whole segments are shared.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEGMENT_S } from './formats/film.js';
import type { LiveOrigin } from './low-latency/origin.js';
import { begins, isFedByOthers, isUntroubled, start } from './low-latency/stage.js';
import { FRAME_MS, type Viewer } from './viewer.js';

/** Whoever waits for whole segments of 2 s and keeps one in the buffer is farther from the live edge. */
const CLOSE_S = 4;
const PART = /^\/\d+-\d+\.m4s$/;
const AT_ONCE = { start: 'atOnce' };
/** Whoever is this far behind the live edge and buffers no more than that is done with a segment's growth. */
const BEHIND_S = 12;
const BUFFER_S = 4;

test('parts_of_low_latency_hls_go_past_the_engine', async (t) => {
  const { origin, swarm } = await start(t);
  const viewer = await swarm.watch({ stream: 'live.m3u8', query: AT_ONCE });
  await goesPastTheEngine(viewer, () => origin.count(PART));
  await isClose(origin, viewer);
});

test('whole_segments_of_low_latency_hls_are_shared', async (t) => {
  const { origin, swarm } = await start(t);
  const viewers: Viewer[] = [];
  for (let count = 0; count < 2; count += 1) {
    const viewer = await swarm.watch({ stream: 'live.m3u8', query: AT_ONCE });
    await leavesPartsAlone(viewer);
    await begins(viewer);
    viewers.push(viewer);
  }
  const parts = origin.count(PART);
  await Promise.all(viewers.map((viewer) => viewer.playsOn(10)));
  for (const viewer of viewers) {
    await isFedByOthers(viewer);
    await isUntroubled(viewer);
  }
  assert.equal(origin.count(PART), parts, 'parts were asked for');
});

for (const player of ['dashjs', 'dashjs4', 'shaka']) {
  test(`segments_of_low_latency_dash_that_still_grow_go_past_the_engine_in_${player}`, async (t) => {
    const { origin, swarm } = await start(t);
    const viewer = await swarm.watch({ stream: 'live.mpd', player, query: AT_ONCE });
    await goesPastTheEngine(viewer, () => origin.grown);
    await isClose(origin, viewer);
  });

  test(`whole_segments_of_low_latency_dash_are_shared_in_${player}`, async (t) => {
    const { origin, swarm } = await start(t, 'live.mpd');
    const viewers: Viewer[] = [];
    for (let count = 0; count < 2; count += 1) {
      const viewer = await swarm.watch({ stream: 'live.mpd', player, query: AT_ONCE });
      await begins(viewer);
      await fallsBehind(viewer, origin);
      viewers.push(viewer);
    }
    const before = await Promise.all(viewers.map((viewer) => viewer.figures()));
    await Promise.all(viewers.map((viewer) => viewer.playsOn(6)));
    for (const [index, viewer] of viewers.entries()) {
      const { stats } = await viewer.figures();
      const was = before[index]?.stats ?? stats;
      // Of three; one may have been on its way since before the viewer went back.
      assert.ok(stats.plain.requests - was.plain.requests <= 1, `the player asked by itself\n${await viewer.report()}`);
      assert.ok(stats.stalledMs - was.stalledMs < FRAME_MS, await viewer.report());
      await isFedByOthers(viewer);
      assert.ok(origin.edge() - await viewer.position() > BEHIND_S - 2, await viewer.report());
      await isUntroubled(viewer);
    }
  });
}

/** As many requests for what grows as the origin counts are the player's own, but for one that is under way. */
async function goesPastTheEngine(viewer: Viewer, grown: () => number): Promise<void> {
  await begins(viewer);
  const before = { own: (await viewer.figures()).stats.plain.requests, grown: grown() };
  await viewer.playsOn(8);
  const own = (await viewer.figures()).stats.plain.requests - before.own;
  const asked = grown() - before.grown;
  assert.ok(asked >= 3 && own >= asked - 1, `${asked} were asked for, ${own} by the player\n${await viewer.report()}`);
  await isUntroubled(viewer);
}

/** The viewer plays what was there a moment ago. */
async function isClose(origin: LiveOrigin, viewer: Viewer): Promise<void> {
  const behind = origin.edge() - await viewer.position();
  assert.ok(behind < CLOSE_S, `${behind.toFixed(1)} s behind the live edge: ${await viewer.report()}`);
}

/** As docs/hlsjs.md has it for those who would rather share. */
async function leavesPartsAlone({ page }: Viewer): Promise<void> {
  await page.waitForFunction(() => window.fugitiveDemo !== undefined);
  await page.evaluate(() => { Object.assign(window.fugitiveDemo?.player ?? {}, { lowLatencyMode: false }); });
}

/** The viewer goes back, and keeps less in its buffer than it is behind. */
async function fallsBehind(viewer: Viewer, origin: LiveOrigin): Promise<void> {
  await viewer.playsOn(1);
  await viewer.page.evaluate(({ behindS, bufferS }) => {
    const { player } = window.fugitiveDemo ?? {};
    const video = document.querySelector('video');
    if (player === undefined || video === null) throw new Error('the page has not started');
    const names = ['bufferTimeDefault', 'stableBufferTime', 'bufferTimeAtTopQuality', 'bufferTimeAtTopQualityLongForm'];
    const buffer = Object.fromEntries(names.map((name) => [name, bufferS]));
    if (player.configure !== undefined) player.configure({ streaming: { bufferingGoal: bufferS } });
    else player.updateSettings({ streaming: { buffer, liveCatchup: { enabled: false } } });
    video.currentTime -= behindS;
  }, { behindS: BEHIND_S, bufferS: BUFFER_S });
  // Shaka asks once more for what comes after its former place, once that is there: within two segments. Then what grew comes to
  // its end, and the page counts it.
  await viewer.playsOn(2 * SEGMENT_S + 1);
  for (let waits = 0; origin.growing > 0 && waits < 10; waits += 1) await viewer.playsOn(1);
  assert.equal(origin.growing, 0, await viewer.report());
  await viewer.playsOn(1);
}
