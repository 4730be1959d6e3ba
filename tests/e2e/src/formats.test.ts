// Films in every form that players take: two viewers of each, fed by a seeder that an operator's file names them to.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CASES, publish, type Case } from './formats/cases.js';
import type { Origin } from './formats/origin.js';
import { Process } from './process.js';
import { Swarm } from './swarm.js';
import { FRAME_MS, type Viewer } from './viewer.js';

const PLAYED_S = 5;

test('films_of_every_form_are_shared', async (t) => {
  const origin = await publish(t);
  const swarm = await start(t, origin);
  for (const film of CASES) await t.test(film.name, () => isShared(film, swarm, origin));
});

async function isShared(film: Case, swarm: Swarm, origin: Origin): Promise<void> {
  const visit = { stream: film.manifest, query: { start: 'atOnce' }, ...(film.player !== undefined && { player: film.player }) };
  const before = film.secret === undefined ? 0 : origin.count(`/${film.secret}`);
  const first = await swarm.watch(visit);
  await first.playsPast(3);
  const second = await swarm.watch(visit);
  const viewers = [first, second];
  await Promise.all(viewers.map((viewer) => viewer.playsPast(PLAYED_S)));
  for (const viewer of viewers) {
    const { bySource, stats } = await viewer.figures();
    const report = () => viewer.report();
    assert.ok(bySource.peer + bySource.seeder > bySource.origin, `hardly fed by others: ${await report()}`);
    assert.deepEqual([stats.state, stats.corrupt], ['running', 0], await report());
    assert.ok(stats.stalledMs < FRAME_MS, await report());
    const received = await viewer.events('segmentReceived');
    assert.deepEqual(received.filter(({ source, verified }) => source !== 'origin' && verified !== true), []);
    assert.deepEqual(await viewer.events('declined'), []);
    if (film.hasText === true) assert.ok(await cues(viewer) > 0, `no subtitles: ${await report()}`);
  }
  // A key is of a viewer's own session: each asks for it.
  if (film.secret !== undefined) assert.equal(origin.count(`/${film.secret}`) - before, viewers.length);
  await Promise.all(viewers.map((viewer) => viewer.close()));
}

function cues(viewer: Viewer): Promise<number> {
  return viewer.page.evaluate(() => {
    const tracks = Array.from(document.querySelector('video')?.textTracks ?? []);
    return tracks.reduce((sum, track) => sum + (track.cues?.length ?? 0), 0);
  });
}

/** The demo's page, with a seeder of its own for all films. */
async function start(t: TestContext, origin: Origin): Promise<Swarm> {
  const manifests = [...new Set(CASES.map(({ manifest }) => manifest))];
  return Swarm.startWith(t, async (signalingUrl) => {
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-films-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const tables = manifests.map((manifest) => `[[stream]]
name = "${manifest}"
swarm = "${manifest}"
manifest = "${origin.url}/${manifest}"
`);
    const file = join(folder, 'seeder.toml');
    await writeFile(file, `signaling = "${signalingUrl}"\nkey = "${join(folder, 'key')}"\n${tables.join('')}`);
    const [seeder, key] = await Process.start('fugitive-seeder', ['--config', file], /public-key ([0-9a-f]{64})/);
    t.after(() => seeder.stop());
    return {
      digestKey: key[1],
      streams: manifests.map((manifest) => ({
        id: manifest, title: manifest, swarm: manifest, manifestUrl: `${origin.url}/${manifest}`,
      })),
    };
  });
}
