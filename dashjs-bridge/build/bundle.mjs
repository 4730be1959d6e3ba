// Bundles the package: a module and a script-tag build for each player, modules for files, dist/worker.js for the Worker,
// and the wasm of each format beside them.

import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const engines = ['fugitive_dash.wasm', 'fugitive_hls.wasm', 'fugitive_resources.wasm'];
const players = ['dashjs', 'hlsjs', 'shaka'];

for (const engine of engines) {
  if (await stat(`${root}wasm/${engine}`).catch(() => undefined)) continue;
  console.error(`dashjs-bridge/wasm/${engine} is missing: run \`cargo xtask wasm\` first`);
  process.exit(1);
}
// What an older build left would be packed with the rest.
await rm(`${root}dist`, { recursive: true, force: true });
await mkdir(`${root}dist`, { recursive: true });
const common = { bundle: true, target: 'es2022', minify: true, sourcemap: true, logLevel: 'warning' };
await build({
  ...common,
  entryPoints: {
    dashjs: `${root}ts/index.ts`,
    hlsjs: `${root}ts/hlsjs.ts`,
    shaka: `${root}ts/shaka.ts`,
    beacon: `${root}ts/beacon.ts`,
    fetch: `${root}ts/fetch.ts`,
    overlay: `${root}ts/overlay.ts`,
    'service-worker': `${root}ts/service-worker.ts`,
    store: `${root}ts/store.ts`,
    worker: `${root}ts/worker.ts`,
  },
  outdir: `${root}dist`,
  format: 'esm',
});
for (const player of players) {
  await build({
    ...common,
    entryPoints: [`${root}ts/global/${player}.ts`],
    outfile: `${root}dist/${player}.global.js`,
    format: 'iife',
    // A classic script has none; these builds always know where the Worker is.
    logOverride: { 'empty-import-meta': 'silent' },
  });
}
for (const engine of engines) await copyFile(`${root}wasm/${engine}`, `${root}dist/${engine}`);
