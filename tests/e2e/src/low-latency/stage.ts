// A live stream with its seeder and its viewers, and what is asked of any of them.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Process } from '../process.js';
import { Swarm } from '../swarm.js';
import type { Viewer } from '../viewer.js';
import { LiveOrigin } from './origin.js';

/** What is seeded is one of the stream's manifests. */
export async function start(t: TestContext, seeded = 'live.m3u8'): Promise<{ origin: LiveOrigin; swarm: Swarm }> {
  const origin = await LiveOrigin.start(t);
  const streams = ['live.mpd', 'live.m3u8', 'timeline.mpd'].map((name) => ({
    id: name, title: name, swarm: name, manifestUrl: `${origin.url}/${name}`,
  }));
  const swarm = await Swarm.startWith(t, async (signalingUrl) => {
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-latency-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const [seeder, key] = await Process.start('fugitive-seeder', [
      '--manifest', `${origin.url}/${seeded}`, '--swarm', seeded, '--signaling', signalingUrl, '--key', join(folder, 'key'),
    ], /public-key ([0-9a-f]{64})/);
    t.after(() => seeder.stop());
    return { streams, digestKey: key[1] };
  });
  return { origin, swarm };
}

export async function begins(viewer: Viewer): Promise<void> {
  await viewer.until(() => (document.querySelector('video')?.currentTime ?? 0) > 0, 0, 30_000, 'it did not begin');
}

export async function isFedByOthers(viewer: Viewer): Promise<void> {
  await viewer.until(() => {
    const { peer, seeder } = window.fugitiveDemo?.figures().bySource ?? { peer: 0, seeder: 0 };
    return peer + seeder > 150_000;
  }, 0, 30_000, 'next to nothing came from others');
}

export async function isUntroubled(viewer: Viewer): Promise<void> {
  const { stats } = await viewer.figures();
  assert.deepEqual([stats.state, stats.corrupt], ['running', 0], await viewer.report());
  assert.deepEqual(await viewer.events('declined'), []);
}
