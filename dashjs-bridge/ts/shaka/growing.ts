// Which of the segments that Shaka takes piece by piece may still grow while they are asked for.

import { COMPLETE_AFTER_MS } from '../page/url.js';
import type { ShakaPlayer, ShakaSegment, ShakaTimeline } from './player.js';

/** Whether the origin may not have the whole segment yet; of none, as for an init segment, it has. */
export function mayGrow(
  player: Pick<ShakaPlayer, 'getConfiguration' | 'getManifest'>, segment: ShakaSegment | undefined,
): boolean {
  const manifest = player.getManifest();
  if (!player.getConfiguration().streaming.lowLatencyMode || manifest?.isLowLatency !== true) return false;
  // HLS lists parts: what Shaka streams of it is a segment that has only begun.
  if (manifest.type !== 'DASH') return true;
  return segment !== undefined && segment.getEndTime() + COMPLETE_AFTER_MS / 1_000 > wholeUntil(manifest.presentationTimeline);
}

/**
 * Where on the timeline all that ends before is whole, in seconds. Shaka's edge is where the newest segment begins, if that is
 * as long as any, and moves with the origin's clock.
 */
function wholeUntil(timeline: ShakaTimeline): number {
  if (!timeline.isDynamic()) return Infinity;
  const edge = timeline.getSegmentAvailabilityEnd() - timeline.getAvailabilityTimeOffset();
  const longest = timeline.getMaxSegmentDuration();
  // Without that clock the edge is where the newest listed segment ended as the list came, which may have had all of it to grow.
  return timeline.usingPresentationStartTime() ? edge + longest : edge - longest;
}
