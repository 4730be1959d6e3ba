// Which of the segments that Shaka takes piece by piece may still grow while they are asked for.

import { COMPLETE_AFTER_MS } from '../page/url.js';
import type { ShakaPlayer, ShakaSegment, ShakaTimeline } from './player.js';

/** Whether the origin may not have the whole of a segment yet. An init segment, of which Shaka tells none, does not grow. */
export function mayGrow(
  player: Pick<ShakaPlayer, 'getConfiguration' | 'getManifest'>, segment: ShakaSegment | undefined,
): boolean {
  const manifest = player.getManifest();
  if (!player.getConfiguration().streaming.lowLatencyMode || manifest?.isLowLatency !== true) return false;
  // HLS lists parts: what Shaka streams of it is a segment that has only begun.
  if (manifest.type !== 'DASH') return true;
  if (segment === undefined) return false;
  return segment.getEndTime() + COMPLETE_AFTER_MS / 1_000 > wholeUntil(manifest.presentationTimeline);
}

/** What ends by then is whole, in seconds on the timeline. Shaka's own edge is the longest segment's length before that. */
function wholeUntil(timeline: ShakaTimeline): number {
  if (!timeline.isDynamic()) return Infinity;
  const edge = timeline.getSegmentAvailabilityEnd() - timeline.getAvailabilityTimeOffset();
  const longest = timeline.getMaxSegmentDuration();
  // Without a clock the edge begins where the newest listed segment ends, and that one may have had all of it to grow.
  return timeline.usingPresentationStartTime() ? edge + longest : edge - longest;
}
