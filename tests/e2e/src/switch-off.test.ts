// The operator of signaling switches viewers off, and lets them in again, while they watch.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Swarm } from './swarm.js';

test('viewers_who_are_switched_off_end_their_links_play_on_over_http_and_meet_again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fugitive-e2e-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const settings = join(folder, 'signaling.toml');
  const letIn = (percent: number) => writeFile(settings, `[policy]\nshare = ${percent}\nretry_ms = 4000\n`);
  await letIn(100);
  // A live stream: of a film all may be there already.
  const swarm = await Swarm.startApart(t, { stream: 'live', flags: ['--config', settings] });
  const viewers = [await swarm.watch({ stream: 'live' }), await swarm.watch({ stream: 'live' })];
  for (const viewer of viewers) {
    await viewer.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 40_000, 'the two never linked');
    await viewer.playsOn(2);
  }

  await letIn(0);
  swarm.signaling?.hangUp();
  for (const viewer of viewers) {
    await viewer.seesEvent('switchedOff');
    await viewer.until(() => window.fugitiveDemo?.figures().stats.links.length === 0, 0, 20_000, 'a link lives on');
    const { stats } = await viewer.figures();
    assert.ok(['switchedOff', 'connecting'].includes(stats.health.signaling), stats.health.signaling);
  }
  for (const viewer of viewers) {
    const before = await viewer.figures();
    await viewer.playsOn(5);
    const after = await viewer.figures();
    assert.equal(after.stats.links.length, 0, 'it asked again in vain');
    assert.ok(after.stats.received.origin > before.stats.received.origin, await viewer.report());
  }

  await letIn(100);
  swarm.signaling?.hangUp();
  for (const viewer of viewers) {
    await viewer.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'they never met again');
    await viewer.playsOn(2);
    const { stats } = await viewer.figures();
    assert.equal(stats.stalls, 0, await viewer.report());
    assert.equal(stats.state, 'running');
  }
});
