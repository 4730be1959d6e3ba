// Figures that are computed: shares of a segment, seconds of the plots, what is sent to the server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FugitiveStats } from 'fugitive-dashjs';
import { changeOf, changesTo, wishesOf, type DemoState } from '../control.js';
import { labelText } from '../format.js';
import { History, KEPT_S } from '../history.js';
import { runsOf } from '../strip.js';
import { Totals } from '../totals.js';

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

test('bytes_a_second_are_divided_by_the_time_that_passed_and_a_long_time_is_a_gap', () => {
  const history = new History();
  const rest = { bufferS: 1, bitrate: undefined };
  const bytes = (peer: number) => ({ origin: 0, seeder: 0, peer, stored: 0 });
  history.add(bytes(0), { at: 0, ...rest });
  history.add(bytes(1_000), { at: 2, ...rest });
  history.add(bytes(61_000), { at: 62, ...rest });
  const told = history.samples.map(({ at, came, isGap }) => [at, came.peer, isGap ?? false]);
  assert.deepEqual(told, [[0, 0, false], [2, 500, false], [32, 1_000, true], [62, 1_000, false]]);
});

test('a_player_that_is_started_over_goes_on_counting', () => {
  const stats = (peer: number, plain: number, stalls: number) => {
    const bytes = { origin: 0, seeder: 0, peer, stored: 0 };
    const counts = { delivered: bytes, received: bytes, plain: { requests: 1, bytes: plain }, stalls, stalledMs: 0 };
    return { ...counts, uploaded: 0, verified: 0, corrupt: 0, state: 'running' } as FugitiveStats;
  };
  const totals = new Totals();
  totals.with(stats(100, 10, 0));
  totals.with(stats(200, 10, 1));
  totals.with(stats(0, 0, 0));
  const { delivered, plain, stalls, state } = totals.with(stats(30, 20, 1));
  assert.deepEqual([delivered.peer, plain.bytes, stalls, state], [230, 30, 2, 'running']);
});

test('a_change_names_what_was_asked_and_nothing_else', () => {
  assert.deepEqual(changeOf({ seeder: false }, 'vod'), { origin: {}, seeder: 'off', viewers: {} });
  assert.deepEqual(changeOf({ viewers: 3, kbps: 0 }, 'live'), { origin: { kbps: 0 }, viewers: { stream: 'live', count: 3 } });
});

test('viewers_of_another_stream_are_not_this_pages', () => {
  const told = { poison: false, kbps: 500, delayMs: 50, origin: false, signaling: true };
  assert.deepEqual(wishesOf(state, 'vod'), told);
  assert.deepEqual(wishesOf(state, 'live'), { viewers: 3, ...told });
});

test('what_an_address_does_not_name_is_as_at_the_demos_start', () => {
  const { origin } = state;
  assert.deepEqual(changesTo({}, state, 'live'), { viewers: 0, kbps: 0, delayMs: 0, origin: true });
  assert.deepEqual(changesTo({}, state, 'vod'), { kbps: 0, delayMs: 0, origin: true }, 'viewers of others are left to them');
  assert.deepEqual(changesTo({ viewers: 3, delayMs: 50, origin: false }, { ...state, origin: { ...origin, startKbps: 500 } }, 'live'), {});
  // What runs elsewhere is asked for only where the address does.
  assert.deepEqual(changesTo({ viewers: 3, kbps: 500, delayMs: 50, origin: false, seeder: false }, state, 'live'), { seeder: false });
});

test('tracks_have_short_names', () => {
  const variant = 'variant,bandwidth=446304,average=421282,codecs=avc1.64001e,mp4a.40.2,resolution=640x360,audio=audio#0';
  assert.equal(labelText(`${variant} 2.0s`), 'Picture 360p 2.0s');
  assert.equal(labelText('variant,bandwidth=64000,codecs=mp4a.40.2#1 init'), '64 kbit/s init');
  assert.equal(labelText('audio,group=audio,name=Tone,language=en#0 0.0s'), 'Sound 0.0s');
  assert.equal(labelText('v540 2.0s'), 'Picture 540p 2.0s');
  assert.equal(labelText('a64 init'), 'Sound init');
  assert.equal(labelText('a track of another'), 'a track of another');
});

/** A demo without a seeder, where three watch live and the origin is away. */
const state: DemoState = {
  origin: { power: 'off', kbps: 500, delayMs: 50, startKbps: 0, sentToViewers: 1, sentToSeeders: 1 },
  signaling: 'on',
  viewers: { stream: 'live', count: 3, poison: 'off', most: 12 },
  members: [],
};
