// Bundles the package: dist/dashjs.js for the page, dist/worker.js for the Worker, and the wasm beside them.

import { copyFile, mkdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const wasm = `${root}wasm/fugitive_core_bg.wasm`;

if (!(await stat(wasm).catch(() => undefined))) {
  console.error('dashjs-bridge/wasm is missing: run `cargo xtask wasm` first');
  process.exit(1);
}
await mkdir(`${root}dist`, { recursive: true });
await build({
  entryPoints: { dashjs: `${root}ts/index.ts`, worker: `${root}ts/worker.ts` },
  outdir: `${root}dist`,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
});
await copyFile(wasm, `${root}dist/fugitive_core_bg.wasm`);
