// A player that fails: when that is told, when it is started over; and what counts as a stall.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recovery } from '../recovery.js';
import { StallCount } from '../stalls.js';

/** A video as far as it is looked at. */
class FakeVideo extends EventTarget {
  paused = false;
  ended = false;
  seeking = false;
  currentTime = 10;
  bufferS = 0;

  get buffered(): TimeRanges {
    return { length: 1, start: () => 0, end: () => this.currentTime + this.bufferS };
  }
}

class FakePlayer {
  fail: (reason: string) => void = () => undefined;
  restarts: string[] = [];

  onFailure(listener: (reason: string) => void): void { this.fail = listener; }
  restart(_: string, start: string): void { this.restarts.push(start); }
}

function stage(): { video: FakeVideo; player: FakePlayer; recovery: Recovery } {
  const [video, player] = [new FakeVideo(), new FakePlayer()];
  return { video, player, recovery: new Recovery(player, video, '/manifest.mpd') };
}

test('a_failure_is_told_once_nothing_is_left_to_play_and_until_it_plays', () => {
  const { video, player, recovery } = stage();
  video.bufferS = 6;
  player.fail('status 503');
  assert.equal(recovery.stopped(), undefined, 'it still plays');
  video.bufferS = 0;
  assert.equal(recovery.stopped(), 'status 503');
  video.dispatchEvent(new Event('playing'));
  assert.equal(recovery.stopped(), undefined);
});

test('a_player_that_loads_again_has_not_failed', () => {
  const { video, player, recovery } = stage();
  video.bufferS = 6;
  player.fail('status 503');
  for (const bufferS of [4, 7, 0]) {
    video.bufferS = bufferS;
    assert.equal(recovery.stopped(), undefined);
  }
});

test('starts_over_once_the_origin_is_back', () => {
  const { player, recovery } = stage();
  recovery.see('off');
  assert.match(recovery.stopped() ?? '', /origin is switched off/);
  player.fail('status 503');
  recovery.see('off');
  assert.deepEqual(player.restarts, []);
  recovery.see('on');
  recovery.see('on');
  assert.deepEqual(player.restarts, ['now'], 'once, unless it fails again');
  for (let again = 0; again < 5; again += 1) {
    player.fail('status 404');
    recovery.see('on');
  }
  assert.equal(player.restarts.length, 3, 'not for ever');
  assert.equal(recovery.stopped(), 'status 404');
});

test('a_failure_that_the_origin_has_no_part_in_is_left_to_the_viewer', () => {
  const { player, recovery } = stage();
  player.fail('no manifest');
  recovery.see('on');
  assert.deepEqual(player.restarts, []);
  assert.equal(recovery.stopped(), 'no manifest');
});

test('a_jump_out_of_a_stall_does_not_end_it', () => {
  const video = new FakeVideo();
  const stalls = new StallCount(video);
  const tell = (...events: string[]) => { for (const event of events) video.dispatchEvent(new Event(event)); };
  tell('waiting', 'playing');
  assert.equal(stalls.count, 0, 'a wait at the start is none');
  tell('waiting');
  video.seeking = true;
  tell('seeking', 'waiting');
  video.seeking = false;
  tell('waiting');
  assert.equal(stalls.count, 1, 'it goes on');
  tell('playing');
  video.seeking = true;
  tell('seeking', 'waiting');
  assert.equal(stalls.count, 1, 'a wait after a jump is none');
});
