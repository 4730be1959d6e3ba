// What a page tells of its device, and what follows: it takes, and gives nothing where giving costs its viewer money.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';

test('sends_nothing_to_others_where_data_is_to_be_saved', async (t) => {
  const swarm = await Swarm.start(t);
  const saving = await swarm.watch({
    before: () => {
      const connection = Object.assign(new EventTarget(), { type: 'cellular', saveData: true });
      Object.defineProperty(navigator, 'connection', { value: connection });
    },
  });
  const { uploads, reasons } = await saving.seesEvent('policyChanged');
  assert.deepEqual([uploads, reasons], ['off', ['cellular', 'metered']]);
  await saving.playsPast(4);
  const other = await swarm.watch();
  await other.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'the two never linked');
  await Promise.all([saving.playsPast(14), other.playsPast(10)]);

  const { bySource, stats } = await saving.figures();
  assert.equal(stats.uploaded, 0);
  assert.ok(bySource.seeder + bySource.peer > bySource.origin, `it takes no less: ${JSON.stringify(bySource)}`);
  assert.equal((await other.figures()).bySource.peer, 0);
  for (const viewer of [saving, other]) assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
});
