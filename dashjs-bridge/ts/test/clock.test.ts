// The origin's time, as dash.js has learnt it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOf } from '../dashjs/clock.js';

test('goes_by_the_devices_clock_until_dash_js_knows_how_wrong_that_is_and_keeps_what_it_knew_where_a_try_fails', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  let tell: (event: object) => void = () => undefined;
  const now = clockOf({
    on(type: string, listener: (event: object) => void): void {
      assert.equal(type, 'updateTimeSyncOffset');
      tell = listener;
    },
  });
  const read = [now()];
  for (const event of [{ offset: -5_000 }, { offset: NaN }, {}, { offset: 0 }]) {
    tell(event);
    read.push(now());
  }
  assert.deepEqual(read, [1_000_000, 995_000, 995_000, 995_000, 1_000_000]);
});
