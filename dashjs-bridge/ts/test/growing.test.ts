// Which segments of Shaka may still grow, by its own timeline.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayGrow } from '../shaka/growing.js';
import type { ShakaManifest, ShakaPlayer, ShakaTimeline } from '../shaka/player.js';

/** A stream of low latency, 100 s after its beginning: segments of 2 s can be asked for 1.5 s before they are whole. */
const LIVE: Timeline = { isDynamic: true, edgeS: 98 + 1.5, offsetS: 1.5, isByClock: true };

interface Timeline { isDynamic: boolean; edgeS: number; offsetS: number; isByClock: boolean }

interface Playing {
  lowLatencyMode: boolean;
  manifest: Partial<Omit<ShakaManifest, 'presentationTimeline'>> | null;
  timeline: Partial<Timeline>;
}

test('a_segment_of_low_latency_dash_grows_until_a_second_after_its_end', () => {
  const cases: [string, number, Partial<Timeline>, boolean][] = [
    ['whole for a second', 99, {}, false],
    ['whole just now, by a clock that may be wrong', 99.001, {}, true],
    ['growing', 101, {}, true],
    ['of a recording', 101, { isDynamic: false }, false],
    // The newest of a list was there when the list came, and may have begun just then.
    ['long before the newest listed', 95, { isByClock: false }, false],
    ['among the newest listed', 95.001, { isByClock: false }, true],
  ];
  for (const [name, endS, timeline, grows] of cases) assert.equal(mayGrow(player({ timeline }), segment(endS)), grows, name);
});

test('what_is_not_of_low_latency_or_no_media_segment_does_not_grow', () => {
  const cases: [string, Partial<Playing>][] = [
    ['no manifest yet', { manifest: null }],
    ['another stream', { manifest: { isLowLatency: false } }],
    ['another mode', { lowLatencyMode: false }],
  ];
  for (const [name, playing] of cases) assert.equal(mayGrow(player(playing), segment(101)), false, name);
  assert.equal(mayGrow(player({}), undefined), false, 'an init segment');
});

test('what_shaka_streams_of_low_latency_hls_may_grow_whatever_the_time', () => {
  assert.equal(mayGrow(player({ manifest: { type: 'HLS' } }), segment(1)), true);
});

function segment(endS: number) {
  return { getEndTime: () => endS };
}

function player(
  { lowLatencyMode = true, manifest = {}, timeline = {} }: Partial<Playing>,
): Pick<ShakaPlayer, 'getConfiguration' | 'getManifest'> {
  const { isDynamic, edgeS, offsetS, isByClock } = { ...LIVE, ...timeline };
  const presentationTimeline: ShakaTimeline = {
    isDynamic: () => isDynamic, getSegmentAvailabilityEnd: () => edgeS, getAvailabilityTimeOffset: () => offsetS,
    getMaxSegmentDuration: () => 2, usingPresentationStartTime: () => isByClock,
  };
  return {
    getConfiguration: () => ({ streaming: { lowLatencyMode } }),
    getManifest: () => manifest && { isLowLatency: true, type: 'DASH', presentationTimeline, ...manifest },
  };
}
