// What a viewer leans on goes away, bit by bit or all at once: playback goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';

test('plays_on_as_signaling_seeder_and_peer_go_one_by_one', async (t) => {
  const swarm = await Swarm.startApart(t);
  const first = await swarm.watch();
  await first.playsPast(3);
  const second = await swarm.watch();
  await second.playsPast(4);
  await second.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'the two never linked');

  await swarm.signaling?.kill();
  await second.seesEvent('signalingLost');
  await second.playsOn(5);
  assert.ok((await second.figures()).stats.peers > 0, 'the link fell with signaling');

  await swarm.seeder?.kill();
  await second.playsOn(6);

  await first.close();
  await second.playsOn(8);
  const { stats } = await second.figures();
  assert.equal(stats.stalls, 0, await second.report());
  assert.equal(stats.state, 'running');
  await second.until(() => window.fugitiveDemo?.figures().stats.peers === 0, 0, 20_000, 'the closed tab is still a peer');
});

for (const [name, crash] of [
  ['throws', () => { setTimeout(() => { throw new Error('crashed by a test'); }); }],
  ['hangs', () => { setTimeout(() => { for (;;); }); }],
] as const) {
  test(`plays_on_over_http_when_the_worker_${name}`, async (t) => {
    const swarm = await Swarm.start(t);
    const first = await swarm.watch();
    await first.playsPast(2);
    const second = await swarm.watch();
    await second.playsPast(4);
    const worker = second.page.workers()[0];
    assert.ok(worker !== undefined, 'the page has no Worker');
    await worker.evaluate(crash);
    await second.seesEvent('engineFailed', 10_000);
    await second.playsOn(16);
    const { stats } = await second.figures();
    assert.equal(stats.state, 'failed');
    assert.ok(stats.plain.bytes > 0, 'nothing was fetched by the player itself');
    assert.equal(stats.stalls, 0, await second.report());
    // The first viewer loses a peer, nothing more.
    await first.until(() => window.fugitiveDemo?.figures().stats.peers === 0, 0, 20_000, 'the dead page is still a peer');
    await first.playsOn(3);
  });
}

test('shares_nothing_of_another_title_under_a_fixed_swarm_name', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch();
  await viewer.playsPast(3);
  await viewer.page.evaluate(() => window.fugitiveDemo?.player.attachSource('/media/timeline.mpd'));
  const { reason } = await viewer.seesEvent('engineFailed');
  assert.match(String(reason), /is for one title/);
  await viewer.until(() => (document.querySelector('video')?.currentTime ?? 0) < 2, 0, 20_000, 'the other title did not begin');
  await viewer.playsPast(5);
  const { stats } = await viewer.figures();
  assert.equal(stats.state, 'failed');
  assert.ok(stats.plain.bytes > 0);
});
