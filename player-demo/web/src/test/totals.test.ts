// What a page has come to, when its player is started over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FugitiveStats } from 'fugitive-dashjs';
import { Totals } from '../totals.js';

const NO_BYTES = { origin: 0, seeder: 0, peer: 0, stored: 0 };

function stats({ origin, stalls = 0 }: { origin: number; stalls?: number }): FugitiveStats {
  const counts = {
    delivered: { ...NO_BYTES, origin }, received: { ...NO_BYTES, origin }, plain: { requests: 0, bytes: 0 },
    stalls, stalledMs: stalls * 500, uploaded: 0, verified: 0, corrupt: 0,
  };
  return counts as FugitiveStats;
}

test('counters_of_titles_add_up', () => {
  const totals = new Totals();
  assert.equal(totals.with(stats({ origin: 900 })).delivered.origin, 900);
  assert.equal(totals.with(stats({ origin: 0 })).delivered.origin, 900);
  assert.equal(totals.with(stats({ origin: 300 })).delivered.origin, 1_200);
  assert.equal(totals.with(stats({ origin: 100 })).delivered.origin, 1_300, 'a third title');
});

test('a_title_that_comes_to_more_at_once_than_the_one_before_is_another', () => {
  const totals = new Totals();
  totals.with(stats({ origin: 400, stalls: 1 }));
  const { delivered, stalls, stalledMs } = totals.with(stats({ origin: 900 }));
  assert.deepEqual([delivered.origin, stalls, stalledMs], [1_300, 1, 500]);
});
