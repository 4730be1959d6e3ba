// Stalls: what counts as one, and how long it takes.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { HostEvent } from '../events.js';
import { PlaybackWatch } from '../page/playback.js';

test('a_stall_is_from_where_media_ran_out_to_where_there_is_more', (t) => {
  const { watch, video, events, waits } = playing(t);
  waits(900);
  video.tell('playing');
  waits(0, { readyState: 4 });
  assert.deepEqual([watch.figures().stalls, watch.figures().stalledMs], [1, 900]);
  assert.deepEqual(events.map(({ type }) => type), ['stalled', 'resumed']);
});

test('the_viewers_own_pause_is_no_part_of_a_stall', (t) => {
  const { watch, video, events, waits } = playing(t);
  waits(300);
  video.paused = true;
  video.tell('pause');
  waits(60_000, { told: false });
  assert.equal(watch.figures().stalledMs, 300);
  video.paused = false;
  video.tell('play');
  waits(200);
  assert.deepEqual([watch.figures().stalls, watch.figures().stalledMs], [2, 500], 'it goes on with the playback');
  assert.deepEqual(events.map(({ type }) => type), ['stalled', 'resumed', 'stalled']);
});

test('a_stall_ends_with_its_title_and_with_its_element', (t) => {
  for (const [what, end] of [
    ['the title', ({ watch }: ReturnType<typeof playing>) => watch.stop()],
    ['the element', ({ detach }: ReturnType<typeof playing>) => detach()],
  ] as const) {
    const play = playing(t);
    play.waits(300);
    end(play);
    play.waits(60_000, { told: false });
    assert.equal(play.watch.figures().stalledMs, 300, what);
    assert.deepEqual(play.events.map(({ type }) => type), ['stalled', 'resumed'], what);
  }
});

/** A title that has played for a moment. */
function playing(t: TestContext) {
  let now = 1_000;
  let found: FakeVideo | undefined = new FakeVideo();
  const video = found;
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['setInterval'] });
  t.mock.method(performance, 'now', () => now);
  Object.assign(globalThis, { HTMLMediaElement: { HAVE_FUTURE_DATA: 3 } });
  const events: HostEvent[] = [];
  const watch = new PlaybackWatch(() => found as HTMLVideoElement | undefined, {
    playback: () => undefined, seeked: () => undefined, event: (event) => events.push(event),
  });
  t.after(() => watch.stop());
  watch.start();
  t.mock.timers.tick(250);
  /** Time goes by, in which the element has nothing to play, and says so. */
  const waits = (ms: number, { readyState = 2, told = true } = {}) => {
    video.readyState = readyState;
    if (told && readyState < 3) video.tell('waiting');
    now += ms;
    t.mock.timers.tick(ms);
    if (told) video.readyState = 4;
  };
  const detach = () => {
    found = undefined;
    t.mock.timers.tick(250);
  };
  return { watch, video, events, waits, detach };
}

class FakeVideo extends EventTarget {
  readyState = 4;
  currentTime = 7;
  playbackRate = 1;
  paused = false;
  seeking = false;
  ended = false;
  buffered = { length: 0, start: () => 0, end: () => 0 };

  tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}
