// The origin's time, as dash.js reckons it from the manifest's `UTCTiming`.

import type { DashPlayer } from './player.js';

/** Milliseconds since 1970; by the device's clock until dash.js knows better. */
export function clockOf(player: Pick<DashPlayer, 'on'>): () => number {
  let aheadMs = 0;
  player.on('updateTimeSyncOffset', (event) => {
    const { offset = NaN } = event as { offset?: number };
    if (Number.isFinite(offset)) aheadMs = offset;
  });
  return () => Date.now() + aheadMs;
}
