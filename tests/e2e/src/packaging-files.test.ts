// The package's part for files, as a site bundles it: installed from its tarball, and built from the documentation's own
// lines. One visitor feeds another, by `fetch` and by tags.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'vite';
import { examples, placed, type Example } from './examples.js';
import { linked, ListedSite, served } from './listed-site.js';
import { install } from './package.js';

test('files_of_a_site_that_vite_has_built_come_from_another_visitor', async (t) => {
  const { folder } = await install(t);
  const site = await ListedSite.start(t);
  const places = { film: '', files: '', signaling: site.signalingUrl, digestKey: site.digestKey };
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/worker.ts'), await placed(await exampleWith('answerFetches('), places));
  // A test looks at what the example names.
  await writeFile(join(folder, 'src/main.ts'), `${await placed(await exampleWith('serveServiceWorker('), places)}
    Object.assign(globalThis, { fugitiveFetch, offered });
  `);
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>A site</title><script type="module" src="/src/main.ts"></script><body>');
  const common = { root: folder, configFile: false, logLevel: 'error' } as const;
  await build({ ...common, base: '/app/', build: { outDir: join(site.folder, 'app'), emptyOutDir: true } });
  const lib = { entry: 'src/worker.ts', formats: ['iife' as const], name: 'worker', fileName: () => 'service-worker.js' };
  await build({ ...common, build: { outDir: site.folder, emptyOutDir: false, lib } });

  const first = await site.visit({ path: '/app/index.html' });
  await served(first);
  await first.evaluate(async () => {
    for (const url of await window.fugitiveFetch.files()) await (await window.fugitiveFetch(url)).arrayBuffer();
  });
  const second = await site.visit({ path: '/app/index.html' });
  await served(second);
  await linked(second);
  site.asked.length = 0;
  const [bytes, width] = await second.evaluate(async () => {
    const body = await (await window.fugitiveFetch('/data/large.bin')).arrayBuffer();
    const image = new Image();
    image.src = '/img/drawn.png';
    await image.decode();
    return [body.byteLength, image.naturalWidth];
  });
  assert.deepEqual([bytes, width], [300_000, 8]);
  assert.deepEqual(site.asked, [], 'the server was asked');
});

async function exampleWith(call: string): Promise<Example> {
  const found = (await examples()).find(({ place, text }) => place.startsWith('docs/fetch.md') && text.includes(call));
  assert.ok(found !== undefined, `the documentation has lost its example of ${call}`);
  return found;
}
