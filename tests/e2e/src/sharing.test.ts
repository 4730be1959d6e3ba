// Viewers of one title feed each other: bytes, positions, rungs, and the live edge.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleDigests, Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

for (const [name, visit] of [
  ['numbered_segments', { stream: 'vod' }],
  ['timed_segments', { stream: 'timeline' }],
  ['channels_that_stay_on_the_page', { stream: 'vod', transfer: 'never' }],
] as const) {
  test(`second_viewer_gets_most_bytes_over_webrtc_with_${name}`, async (t) => {
    const swarm = await Swarm.start(t);
    // What fills the buffer at first is shared as well: on loopback that is a good part of a short visit.
    const visitAtOnce = { ...visit, query: { start: 'atOnce' } };
    const first = await swarm.watch(visitAtOnce);
    await first.playsPast(4);
    const second = await swarm.watch(visitAtOnce);
    await Promise.all([first.playsPast(20), second.playsPast(20)]);

    const { bySource } = await second.figures();
    const overWebrtc = bySource.seeder + bySource.peer;
    const share = overWebrtc / (overWebrtc + bySource.origin);
    t.diagnostic(`second viewer: ${JSON.stringify(bySource)}, ${Math.round(100 * share)} % over WebRTC`);
    assert.ok(share >= 0.6, `${JSON.stringify(bySource)}\n${await second.report()}`);
    assert.ok(bySource.peer > 0, `nothing came from the first viewer: ${JSON.stringify(bySource)}`);
    for (const viewer of [first, second]) {
      assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
      await onlyRightBytesWerePlayed(viewer);
      await everySegmentOfAPeerWasChecked(viewer);
    }
  });
}

test('third_viewer_takes_one_segment_from_two_others_at_once', async (t) => {
  const swarm = await Swarm.startApart(t);
  // With their first segments, which a viewer that begins later has not to give.
  const query = { start: 'atOnce' };
  const first = await swarm.watch({ query });
  const second = await swarm.watch({ query });
  await Promise.all([first, second].map(async (viewer) => {
    await viewer.playsPast(3);
    await viewer.until(() => (window.fugitiveDemo?.figures().stats.storedSegments ?? 0) >= 40, 0, 30_000, 'no stock');
  }));
  // The seeder is next door and could feed everybody alone; its signatures are with the viewers.
  await swarm.seeder?.kill();
  const third = await swarm.watch({ query });
  await third.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) >= 2, 0, 20_000, 'the three never linked');
  await third.playsPast(20);

  const received = await third.events('segmentReceived');
  const shared = received.filter(({ peers = [] }) => peers.length >= 2);
  t.diagnostic(`${shared.length} of ${received.length} segments came from two viewers at once`);
  assert.ok(shared.length >= 3, await third.report());
  for (const { bytes, peers = [] } of received) {
    assert.ok(peers.reduce((sum, share) => sum + share.bytes, 0) <= (bytes ?? 0), 'more came than there is');
  }
  for (const viewer of [first, second, third]) {
    assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
    await onlyRightBytesWerePlayed(viewer);
    await everySegmentOfAPeerWasChecked(viewer);
  }
});

test('plays_on_after_seeking_forth_and_back', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch();
  await first.playsPast(4);
  const second = await swarm.watch();
  await second.playsPast(3);
  for (const target of [34, 10]) {
    await second.page.evaluate((seconds) => window.fugitiveDemo?.player.seek(seconds), target);
    await second.until((seconds) => {
      const video = document.querySelector('video');
      return video !== null && !video.seeking && Math.abs(video.currentTime - seconds) < 6;
    }, target, 20_000, `did not arrive at ${target} s`);
    await second.playsPast(target + 4);
  }
  assert.equal((await second.figures()).stats.stalls, 0, await second.report());
  await onlyRightBytesWerePlayed(second);
});

test('plays_on_with_the_same_peers_after_a_change_of_rung', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch();
  await first.playsPast(3);
  const second = await swarm.watch();
  await second.playsPast(2);
  const heights = await second.page.evaluate(() => {
    const { player } = window.fugitiveDemo ?? (() => { throw new Error('the page has not started'); })();
    player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
    return player.getRepresentationsByType('video').map(({ height }) => height);
  });
  assert.equal(heights.length, 3);
  await second.until(() => (window.fugitiveDemo?.events ?? []).filter(({ type }) => type === 'peerJoined').length >= 2, 0, 20_000,
    'no link to viewer and seeder');
  const extremes = [Math.min(...heights), Math.max(...heights)];
  for (const height of extremes) {
    await second.page.evaluate((height) => {
      const player = window.fugitiveDemo?.player;
      const rung = player?.getRepresentationsByType('video').find((rung) => rung.height === height);
      if (rung !== undefined) player?.setRepresentationForTypeById('video', rung.id, true);
    }, height);
    await second.until((height) => document.querySelector('video')?.videoHeight === height, height, 40_000,
      `the picture did not become ${height} high`);
    await second.playsOn(3);
  }
  assert.equal((await second.events('peerJoined')).length, 2, await second.report());
  assert.deepEqual(await second.events('peerLeft'), []);
  await onlyRightBytesWerePlayed(second);
});

test('live_stream_is_shared_at_its_edge', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch({ stream: 'live' });
  await first.playsOn(4, 40_000);
  const second = await swarm.watch({ stream: 'live' });
  await second.until(() => (document.querySelector('video')?.currentTime ?? 0) > 0, 0, 30_000, 'live did not start');
  await Promise.all([first.playsOn(20, 45_000), second.playsOn(20, 45_000)]);

  for (const viewer of [first, second]) {
    const { stats } = await viewer.figures();
    assert.equal(stats.stalls, 0, await viewer.report());
    const latency = await viewer.page.evaluate(() => window.fugitiveDemo?.player.getCurrentLiveLatency());
    assert.ok(latency !== undefined && latency > 0 && latency < 20, `${latency} s behind the live edge`);
    await everySegmentOfAPeerWasChecked(viewer);
  }
  const [one, other] = [await first.figures(), await second.figures()];
  t.diagnostic(`live: ${JSON.stringify(one.bySource)} and ${JSON.stringify(other.bySource)}`);
  const shared = one.bySource.seeder + one.bySource.peer + other.bySource.seeder + other.bySource.peer;
  const total = shared + one.bySource.origin + other.bySource.origin;
  assert.ok(shared / total >= 0.4, `${JSON.stringify([one.bySource, other.bySource])}\n${await second.report()}`);
  assert.ok(one.stats.uploaded + other.stats.uploaded > 0, 'the two pages gave each other nothing');
});

async function onlyRightBytesWerePlayed(viewer: Viewer): Promise<void> {
  const right = await sampleDigests();
  const appended = await viewer.appended();
  assert.ok(appended.length > 4, 'hardly anything was played');
  assert.deepEqual(appended.filter((digest) => !right.has(digest)), [], 'bytes were played that are not the clip\'s');
}

async function everySegmentOfAPeerWasChecked(viewer: Viewer): Promise<void> {
  const received = await viewer.events('segmentReceived');
  const unchecked = received.filter(({ source, verified }) => source !== 'origin' && verified !== true);
  assert.deepEqual(unchecked, []);
}
