// The other players: each takes part in the swarm of what it plays, whichever players the others have.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

/** Of a short visit what fills the buffer at first is a good part: the engine has it as well. */
const AT_ONCE = { start: 'atOnce' };

test('viewers_of_hls_feed_each_other_and_play_on_after_a_seek_and_the_loss_of_a_peer', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch({ stream: 'hls', query: AT_ONCE });
  await first.playsPast(4);
  const [second, third] = await Promise.all([
    swarm.watch({ stream: 'hls', query: AT_ONCE }), swarm.watch({ stream: 'hls', player: 'shaka', query: AT_ONCE }),
  ]);
  await Promise.all([first, second, third].map((viewer) => viewer.playsPast(14)));
  for (const viewer of [second, third]) {
    await takesFromPeers(viewer);
    t.diagnostic(JSON.stringify((await viewer.figures()).bySource));
  }
  assert.deepEqual([...new Set(second.engines)], ['fugitive_hls'], 'only the engine for HLS is loaded');

  await first.close();
  await second.page.evaluate(() => {
    const video = document.querySelector('video');
    if (video !== null) video.currentTime = 32;
  });
  await Promise.all([second.playsPast(36), third.playsOn(4)]);
  for (const viewer of [second, third]) await playedWithoutAStall(viewer);
});

test('live_hls_is_shared_at_its_edge', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch({ stream: 'live-hls' });
  await first.playsOn(2, 40_000);
  const second = await swarm.watch({ stream: 'live-hls' });
  await second.until(() => (document.querySelector('video')?.currentTime ?? 0) > 0, 0, 30_000, 'live did not start');
  await Promise.all([first.playsOn(16, 45_000), second.playsOn(16, 45_000)]);
  const figures = [await first.figures(), await second.figures()];
  t.diagnostic(`live: ${JSON.stringify(figures.map(({ bySource }) => bySource))}`);
  const sum = (count: (part: (typeof figures)[number]) => number) => figures.reduce((all, part) => all + count(part), 0);
  const shared = sum(({ bySource }) => bySource.seeder + bySource.peer);
  assert.ok(shared >= 0.3 * (shared + sum(({ bySource }) => bySource.origin)), `${shared}\n${await second.report()}`);
  for (const viewer of [first, second]) await playedWithoutAStall(viewer);
});

test('dash_js_5_and_4_and_shaka_are_one_swarm', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch({ query: AT_ONCE });
  await first.playsPast(4);
  const others = await Promise.all(['shaka', 'dashjs4'].map((player) => swarm.watch({ player, query: AT_ONCE })));
  await Promise.all([first, ...others].map((viewer) => viewer.playsPast(16)));
  for (const viewer of others) {
    await takesFromPeers(viewer);
    t.diagnostic(JSON.stringify((await viewer.figures()).bySource));
    await playedWithoutAStall(viewer);
    assert.deepEqual([...new Set(viewer.engines)], ['fugitive_dash'], 'only the engine for DASH is loaded');
  }
});

for (const mode of ['query', 'headers']) {
  test(`what_reports_by_cmcd_in_${mode}_mode_is_asked_of_the_engine`, async (t) => {
    const swarm = await Swarm.start(t);
    const viewer = await swarm.watch({ query: AT_ONCE });
    await viewer.playsPast(1);
    // dash.js asks which mode it is when it begins with a source, and so do our counters begin anew.
    await viewer.page.evaluate((mode) => {
      window.fugitiveDemo?.player.updateSettings({ streaming: { cmcd: { enabled: true, mode } } });
      window.fugitiveDemo?.player.attachSource('/media/manifest.mpd');
    }, mode);
    await viewer.playsPast(8);
    const { stats } = await viewer.figures();
    assert.equal(stats.plain.requests, 0, await viewer.report());
    assert.ok(stats.demands > 10, await viewer.report());
    // What the player asks for itself shows that it does report.
    const reports = viewer.page.waitForRequest((request) => (mode === 'query'
      ? request.url().includes('CMCD=') : 'cmcd-object' in request.headers()), { timeout: 30_000 });
    await viewer.page.evaluate(() => { window.fugitiveDemo?.fugitive.pause(); });
    await reports;
  });
}

/** Bytes came from the other viewers, and everything that did not come from the origin was compared with its digests. */
async function takesFromPeers(viewer: Viewer): Promise<void> {
  const { bySource } = await viewer.figures();
  assert.ok(bySource.peer > 0, `nothing came from viewers: ${await viewer.report()}`);
  assert.ok(bySource.peer + bySource.seeder > bySource.origin, `hardly fed by others: ${await viewer.report()}`);
  const received = await viewer.events('segmentReceived');
  assert.deepEqual(received.filter(({ source, verified }) => source !== 'origin' && verified !== true), []);
}

async function playedWithoutAStall(viewer: Viewer): Promise<void> {
  const { stats } = await viewer.figures();
  assert.equal(stats.stalls, 0, await viewer.report());
  assert.equal(stats.state, 'running', await viewer.report());
}
