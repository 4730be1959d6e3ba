// Streams of low latency: what still grows goes past the engine, and whole segments are shared.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LiveOrigin } from './low-latency/origin.js';
import { Process } from './process.js';
import { Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

/** Whoever is closer to the live edge than this plays what still grows: a segment lasts 2 s. */
const CLOSE_S = 4;
const PART = /^\/\d+-\d+\.m4s$/;
const AT_ONCE = { start: 'atOnce' };

test('parts_of_low_latency_hls_go_past_the_engine', async (t) => {
  const { origin, swarm } = await start(t);
  const viewer = await swarm.watch({ stream: 'live.m3u8', query: AT_ONCE });
  await isClose(origin, viewer);
  assert.ok(origin.count(PART) >= 10, origin.asked.join(' '));
  await isUntroubled(viewer);
});

test('whole_segments_of_low_latency_hls_are_shared', async (t) => {
  const { origin, swarm } = await start(t);
  const first = await swarm.watch({ stream: 'live.m3u8', query: AT_ONCE });
  await leavesPartsAlone(first);
  await begins(first);
  const second = await swarm.watch({ stream: 'live.m3u8', query: AT_ONCE });
  await leavesPartsAlone(second);
  await begins(second);
  await Promise.all([first, second].map((viewer) => viewer.playsOn(10)));
  const parts = origin.count(PART);
  const all = await Promise.all([first, second].map(async (viewer) => (await viewer.figures()).bySource));
  t.diagnostic(`${parts} parts; ${JSON.stringify(all)}`);
  assert.ok(all.reduce((sum, { peer, seeder }) => sum + peer + seeder, 0) > 300_000, await second.report());
  for (const viewer of [first, second]) await isUntroubled(viewer);
});

for (const player of ['dashjs', 'dashjs4', 'shaka']) {
  test(`segments_of_low_latency_dash_that_still_grow_go_past_the_engine_in_${player}`, async (t) => {
    const { origin, swarm } = await start(t);
    const viewer = await swarm.watch({ stream: 'live.mpd', player, query: AT_ONCE });
    await isClose(origin, viewer);
    await isUntroubled(viewer);
    const { stats } = await viewer.figures();
    assert.ok(stats.plain.requests >= 3, await viewer.report());
  });
}

async function start(t: TestContext): Promise<{ origin: LiveOrigin; swarm: Swarm }> {
  const origin = await LiveOrigin.start(t);
  const streams = ['live.mpd', 'live.m3u8'].map((name) => ({
    id: name, title: name, swarm: name, manifestUrl: `${origin.url}/${name}`,
  }));
  const swarm = await Swarm.startWith(t, async (signalingUrl) => {
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-latency-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const [seeder, key] = await Process.start('fugitive-seeder', [
      '--manifest', `${origin.url}/live.m3u8`, '--swarm', 'live.m3u8', '--signaling', signalingUrl, '--key', join(folder, 'key'),
    ], /public-key ([0-9a-f]{64})/);
    t.after(() => seeder.stop());
    return { streams, digestKey: key[1] };
  });
  return { origin, swarm };
}

async function begins(viewer: Viewer): Promise<void> {
  await viewer.until(() => (document.querySelector('video')?.currentTime ?? 0) > 0, 0, 30_000, 'it did not begin');
}

/** The viewer plays on, and plays what was there a moment ago. */
async function isClose(origin: LiveOrigin, viewer: Viewer): Promise<void> {
  await begins(viewer);
  await viewer.playsOn(6);
  const behind = origin.edge() - await viewer.position();
  assert.ok(behind < CLOSE_S, `${behind.toFixed(1)} s behind the live edge: ${await viewer.report()}`);
}

/** As docs/hlsjs.md has it for those who would rather share. */
async function leavesPartsAlone({ page }: Viewer): Promise<void> {
  await page.waitForFunction(() => window.fugitiveDemo !== undefined);
  await page.evaluate(() => { Object.assign(window.fugitiveDemo?.player ?? {}, { lowLatencyMode: false }); });
}

async function isUntroubled(viewer: Viewer): Promise<void> {
  const { stats } = await viewer.figures();
  assert.deepEqual([stats.state, stats.corrupt], ['running', 0], await viewer.report());
  assert.deepEqual(await viewer.events('declined'), []);
}
