// When a title counts as begun, whatever its page looks like.

import assert from 'node:assert/strict';
import { beforeEach, test, type TestContext } from 'node:test';
import { FirstFrame, type Screen } from '../page/first-frame.js';

beforeEach(() => {
  Object.assign(globalThis, { HTMLMediaElement: { HAVE_CURRENT_DATA: 2 } });
});

test('sees_the_first_frame_once', (t) => {
  const { frame, screen, seen } = watched(t);
  frame.start();
  assert.equal(seen(), 0);
  screen.readyState = 4;
  screen.show();
  screen.dispatchEvent(new Event('timeupdate'));
  t.mock.timers.tick(20_000);
  assert.deepEqual([seen(), frame.waits], [1, false]);
});

test('does_not_wait_for_a_frame_that_a_hidden_page_does_not_show', (t) => {
  const { frame, screen, seen } = watched(t);
  frame.start();
  screen.readyState = 2;
  screen.dispatchEvent(new Event('loadeddata'));
  t.mock.timers.tick(500);
  assert.equal(seen(), 0, 'a page that is seen shows it now');
  t.mock.timers.tick(500);
  assert.equal(seen(), 1);
});

test('takes_data_for_the_frame_where_there_is_sound_alone_or_no_callback_of_frames', (t) => {
  for (const change of [{ videoWidth: 0 }, { requestVideoFrameCallback: undefined }]) {
    const { frame, screen, seen } = watched(t);
    Object.assign(screen, change);
    frame.start();
    screen.readyState = 2;
    screen.dispatchEvent(new Event('loadeddata'));
    assert.equal(seen(), 1);
  }
});

test('finds_a_paused_element_that_had_its_media_before', (t) => {
  const { frame, screen, seen, find } = watched(t, 'no element');
  frame.start();
  t.mock.timers.tick(5_000);
  screen.readyState = 4;
  find();
  t.mock.timers.tick(250);
  t.mock.timers.tick(1_000);
  assert.equal(seen(), 1);
});

test('gives_up_on_a_start_that_takes_long_only_once_media_came', (t) => {
  const { frame, seen } = watched(t);
  frame.start();
  t.mock.timers.tick(60_000);
  assert.equal(seen(), 0, 'nothing is to be played before a click');
  frame.mediaCame();
  t.mock.timers.tick(9_000);
  frame.mediaCame();
  assert.equal(seen(), 0);
  t.mock.timers.tick(1_000);
  assert.equal(seen(), 1);
});

test('looks_at_nothing_after_it_was_stopped', (t) => {
  const { frame, screen, seen } = watched(t);
  frame.start();
  frame.mediaCame();
  frame.stop();
  frame.mediaCame();
  screen.readyState = 4;
  screen.show();
  screen.dispatchEvent(new Event('loadeddata'));
  t.mock.timers.tick(60_000);
  assert.equal(seen(), 0);
  frame.start();
  screen.show();
  assert.equal(seen(), 1, 'it can begin anew');
});

class FakeScreen extends EventTarget {
  readyState = 0;
  videoWidth = 960;
  #callbacks = new Map<number, () => void>();

  requestVideoFrameCallback = (callback: () => void): number => {
    this.#callbacks.set(this.#callbacks.size + 1, callback);
    return this.#callbacks.size;
  };

  cancelVideoFrameCallback = (handle: number): void => void this.#callbacks.delete(handle);

  show(): void {
    const callbacks = [...this.#callbacks.values()];
    this.#callbacks.clear();
    for (const callback of callbacks) callback();
  }
}

function watched(t: TestContext, found: 'element' | 'no element' = 'element') {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const screen = new FakeScreen();
  let isFound = found === 'element';
  let seen = 0;
  const frame = new FirstFrame(() => (isFound ? screen as unknown as Screen : undefined), () => { seen += 1; });
  return { frame, screen, seen: () => seen, find: () => { isFound = true; } };
}
