// Figures that are computed: shares of a segment, seconds of the plots, what is sent to the server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, wishesOf, type DemoState } from '../control.js';
import { labelText } from '../format.js';
import { History, KEPT_S } from '../history.js';
import { runsOf } from '../strip.js';

test('a_segment_is_split_among_viewers_seeder_and_origin', () => {
  const peers = [{ peer: 'a', bytes: 300 }, { peer: 's', bytes: 500 }, { peer: 'b', bytes: 100 }];
  assert.deepEqual(runsOf(1_000, peers, (peer) => peer === 's'), [
    { source: 'peer', shade: 0, bytes: 300 }, { source: 'peer', shade: 1, bytes: 100 },
    { source: 'seeder', shade: 0, bytes: 500 }, { source: 'origin', shade: 0, bytes: 100 },
  ]);
  assert.deepEqual(runsOf(10, [], () => false), [{ source: 'origin', shade: 0, bytes: 10 }]);
});

test('the_plots_have_what_came_in_each_second_of_the_last_two_minutes', () => {
  const history = new History();
  const rest = { bufferS: 1, bitrate: undefined };
  for (let at = 0; at <= 300; at += 1) {
    history.add({ origin: 1_000, seeder: 10 * at, peer: at < 250 ? 0 : 7, stored: 0 }, { at, ...rest });
  }
  assert.equal(history.samples.length, KEPT_S + 1);
  assert.equal(history.samples[0]?.at, 300 - KEPT_S);
  assert.ok(history.samples.every(({ came }) => came.origin === 0 && came.seeder === 10));
  assert.equal(history.samples.reduce((sum, { came }) => sum + came.peer, 0), 7);
});

test('a_change_names_what_was_asked_and_nothing_else', () => {
  assert.deepEqual(changeOf({ seeder: false }, 'vod'), { origin: {}, seeder: 'off', viewers: {} });
  assert.deepEqual(changeOf({ viewers: 3, kbps: 0 }, 'live'), { origin: { kbps: 0 }, viewers: { stream: 'live', count: 3 } });
});

test('viewers_of_another_stream_are_not_this_pages', () => {
  const state: DemoState = {
    origin: { power: 'off', kbps: 500, delayMs: 50, sentToViewers: 1, sentToSeeders: 1 },
    signaling: 'on',
    viewers: { stream: 'live', count: 3, poison: 'off', most: 12 },
    members: [],
  };
  const told = { poison: false, kbps: 500, delayMs: 50, origin: false, signaling: true };
  assert.deepEqual(wishesOf(state, 'vod'), told);
  assert.deepEqual(wishesOf(state, 'live'), { viewers: 3, ...told });
});

test('tracks_of_hls_have_short_names', () => {
  const variant = 'variant,bandwidth=446304,average=421282,codecs=avc1.64001e,mp4a.40.2,resolution=640x360,audio=audio#0';
  assert.equal(labelText(`${variant} 2.0s`), '360p 2.0s');
  assert.equal(labelText('variant,bandwidth=64000,codecs=mp4a.40.2#1 init'), '64 kbit/s init');
  assert.equal(labelText('audio,group=audio,name=Tone,language=en#0 0.0s'), 'Tone 0.0s');
  assert.equal(labelText('v540 2.0s'), 'v540 2.0s');
});
