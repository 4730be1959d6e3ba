// Bundles the package: a module for each player, dist/worker.js for the Worker, and the wasm of each format beside them.

import { copyFile, mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const engines = ['fugitive_dash.wasm', 'fugitive_hls.wasm'];

for (const engine of engines) {
  if (await stat(`${root}wasm/${engine}`).catch(() => undefined)) continue;
  console.error(`dashjs-bridge/wasm/${engine} is missing: run \`cargo xtask wasm\` first`);
  process.exit(1);
}
await mkdir(`${root}dist`, { recursive: true });
await build({
  entryPoints: {
    dashjs: `${root}ts/index.ts`, hlsjs: `${root}ts/hlsjs.ts`, shaka: `${root}ts/shaka.ts`, worker: `${root}ts/worker.ts`,
    beacon: `${root}ts/beacon.ts`, overlay: `${root}ts/overlay.ts`,
  },
  outdir: `${root}dist`,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
});
for (const engine of engines) await copyFile(`${root}wasm/${engine}`, `${root}dist/${engine}`);
