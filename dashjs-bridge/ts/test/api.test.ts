// The public API is the one in git.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('public_declarations_are_those_of_the_report', async () => {
  const { apiReport } = (await import('../../build/api.mjs' as string)) as { apiReport(): Promise<string> };
  const kept = await readFile(new URL('../../api.d.ts', import.meta.url), 'utf8');
  assert.equal(await apiReport(), kept, 'the API changed: run `npm run api`, and look at the diff');
});
