// The public API is the one in git.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('public_declarations_are_those_of_the_report', async () => {
  const { apiReport } = (await import('../../build/api.mjs' as string)) as { apiReport(): Promise<Map<string, string>> };
  const folder = fileURLToPath(new URL('../../api/', import.meta.url));
  const places = (await readdir(folder, { recursive: true })).filter((place) => place.endsWith('.d.ts'));
  const kept = await Promise.all(places.map(async (place) => [place, await readFile(folder + place, 'utf8')] as const));
  assert.deepEqual(await apiReport(), new Map(kept), 'the API changed: run `npm run api`, and look at the diff');
});
