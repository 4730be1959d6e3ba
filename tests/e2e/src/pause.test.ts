// Pausing P2P and going on with it: the player plays through both, and what is in memory stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';

test('a_pause_closes_links_leaves_signaling_and_the_player_goes_on_over_http', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch();
  await first.playsPast(3);
  const other = await swarm.watch();
  await first.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'the two never linked');
  await other.playsPast(3);

  await first.page.evaluate(() => window.fugitiveDemo?.fugitive.pause());
  await first.until(() => {
    const { links, health } = window.fugitiveDemo?.figures().stats ?? {};
    return links?.length === 0 && health?.linked === 0 && health.signaling === 'left';
  }, 0, 10_000, 'it is still in the swarm');
  const { stats: { state, storedSegments, plain } } = await first.figures();
  assert.equal(state, 'paused');
  assert.ok(storedSegments > 0);
  await other.until(() => window.fugitiveDemo?.figures().stats.peers === 0, 0, 20_000, 'the other still counts on it');
  await first.until((before) => (window.fugitiveDemo?.figures().stats.plain.requests ?? 0) > before + 3, plain.requests,
    30_000, 'the player did not fetch for itself');

  await first.page.evaluate(() => window.fugitiveDemo?.fugitive.resume());
  for (const viewer of [first, other]) {
    await viewer.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 30_000,
      'the two did not link again');
  }
  const after = await first.figures();
  assert.deepEqual([after.stats.state, after.stats.health.signaling], ['running', 'joined']);
  assert.ok(after.stats.storedSegments >= storedSegments, 'it has forgotten what it had');
  await first.playsOn(4);
  for (const viewer of [first, other]) assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
});

test('a_page_that_begins_in_a_pause_loads_no_engine_before_it_goes_on', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: { paused: '1' } });
  await viewer.playsPast(3);
  assert.deepEqual([viewer.engines, (await viewer.figures()).stats.state], [[], 'paused']);
  await viewer.page.click('#own-paused');
  await viewer.until(() => (window.fugitiveDemo?.figures().stats.seeders ?? 0) > 0, 0, 20_000, 'it did not join');
  assert.equal((await viewer.figures()).stats.state, 'running');
  assert.deepEqual([...new Set(viewer.engines)], ['fugitive_dash']);
  assert.doesNotMatch(viewer.page.url(), /paused/, 'the address keeps what was chosen');
});
