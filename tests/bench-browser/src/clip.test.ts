// The clip without an end: its segments follow each other in time, and a live stream shows what is there by then.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../e2e/src/process.js';
import { Clip, SEGMENT_S, WINDOW_S } from './clip.js';

const NOW = Date.UTC(2026, 0, 1);
const clip = () => new Clip(join(ROOT, 'sample-media'), NOW);

test('segments_follow_each_other_beyond_the_end_of_the_clip', () => {
  const timescale = (decodeTimes(bytes('film/v540/2.m4s'))[0] ?? 0) / SEGMENT_S;
  for (const number of [1, 12, 13, 149]) {
    const start = (number - 1) * SEGMENT_S * timescale;
    assert.deepEqual(decodeTimes(bytes(`film/v540/${number}.m4s`)), [start, start + 2 * timescale]);
  }
});

test('a_live_playlist_names_one_window_of_segments_which_are_there', () => {
  const later = NOW + 9_000;
  const text = clip().answer('live/a64.m3u8', later)?.body.toString() ?? '';
  const names = text.split('\n').filter((line) => line.endsWith('.m4s'));
  assert.equal(names.length, WINDOW_S / SEGMENT_S);
  for (const name of names) assert.ok(clip().answer(`live/${name}`, later) !== undefined, name);
  const next = Number(/(\d+)\.m4s/.exec(names.at(-1) ?? '')?.[1]) + 1;
  assert.equal(clip().answer(`live/a64/${next}.m4s`, later), undefined);
  const [, date = ''] = /PROGRAM-DATE-TIME:(.*)/.exec(text) ?? [];
  assert.equal(Date.parse(date), NOW - WINDOW_S * 1_000 + 2 * SEGMENT_S * 1_000);
});

test('what_is_not_the_clip_s_is_not_there', () => {
  for (const path of ['film/v540/0.m4s', 'film/v540/x.m4s', 'film/v999/1.m4s', 'film/../master.m3u8', 'else/master.m3u8']) {
    assert.equal(clip().answer(path, NOW), undefined, path);
  }
});

function bytes(path: string): Buffer {
  const answer = clip().answer(path, NOW);
  assert.ok(answer !== undefined, path);
  return answer.body;
}

/** The decode time of each fragment in a segment. */
function decodeTimes(segment: Buffer): number[] {
  const times: number[] = [];
  for (let at = segment.indexOf('tfdt'); at >= 0; at = segment.indexOf('tfdt', at + 4)) {
    times.push(segment[at + 4] === 1 ? Number(segment.readBigUInt64BE(at + 8)) : segment.readUInt32BE(at + 8));
  }
  return times;
}
