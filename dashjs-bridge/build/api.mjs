// The API report: every declaration that an app can reach from the package's face, in one text. It is kept in
// git as api.d.ts, so that a change of the API shows in the diff; `--write` renews it.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = resolve(root, 'dist/types');

/** What an app imports, and the declarations of each. */
const faces = [['fugitive-dashjs and fugitive-dashjs/dashjs', 'index'], ['fugitive-dashjs/hlsjs', 'hlsjs'], ['fugitive-dashjs/shaka', 'shaka']];

/** The report of the declarations that `npm run types` made: what each face brings that those before it do not. */
export async function apiReport() {
  const texts = new Map();
  const parts = [];
  for (const [name, entry] of faces) {
    const known = new Set(texts.keys());
    await collect(resolve(types, `${entry}.d.ts`), texts);
    parts.push(`// === ${name}\n`);
    for (const [file, text] of texts) {
      if (!known.has(file)) parts.push(`// --- ${relative(types, file)}\n${text.trim()}\n`);
    }
  }
  return `// The public API of fugitive-dashjs; made by \`npm run api\`, checked by a test.\n\n${parts.join('\n')}`;
}

async function collect(file, texts) {
  if (texts.has(file)) return;
  const text = await readFile(file, 'utf8');
  texts.set(file, text.replace(/^\/\/# sourceMappingURL.*$/m, ''));
  for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
    await collect(resolve(dirname(file), `${specifier}.d.ts`), texts);
  }
}

if (process.argv.includes('--write')) await writeFile(resolve(root, 'api.d.ts'), await apiReport());
