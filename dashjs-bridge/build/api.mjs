// The API report: every declaration that an app can reach from the package's faces. It is kept in git as the folder api/,
// with the layout of the declarations, so that a change of the API shows in the diff; `--write` renews it.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = resolve(root, 'dist/types');

/** The declarations of `fugitive-dashjs` (and its `/dashjs`), and of its other subpaths. */
const faces = ['index', 'hlsjs', 'shaka', 'global', 'beacon', 'overlay', 'fetch', 'service-worker', 'store'];

/** The report of the declarations that `npm run types` made: their texts, by their places under api/. */
export async function apiReport() {
  const texts = new Map();
  for (const face of faces) await collect(resolve(types, `${face}.d.ts`), texts);
  return texts;
}

async function collect(file, texts) {
  const place = relative(types, file);
  if (texts.has(place)) return;
  const text = await readFile(file, 'utf8');
  texts.set(place, `${text.replace(/^\/\/# sourceMappingURL.*$/m, '').trim()}\n`);
  for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
    await collect(resolve(dirname(file), `${specifier}.d.ts`), texts);
  }
}

async function write() {
  await rm(resolve(root, 'api'), { recursive: true, force: true });
  for (const [place, text] of await apiReport()) {
    const file = resolve(root, 'api', place);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

if (process.argv.includes('--write')) await write();
