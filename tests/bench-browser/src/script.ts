// The pages' script, as one file that a browser reads.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function watchScript(): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(new URL('./page/watch.ts', import.meta.url))],
    bundle: true, format: 'esm', target: 'es2022', minify: true, write: false,
  });
  if (file === undefined) throw new Error('invariant: esbuild writes one file');
  return file.text;
}
