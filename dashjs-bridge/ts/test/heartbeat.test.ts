// The watch over the Worker: one that speaks is left alone, one that is silent is asked, one that stays so is given up.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Heartbeat } from '../page/heartbeat.js';

test('a_worker_that_speaks_by_itself_is_never_asked', (t) => {
  const { heart, heard, pass } = start(t);
  for (let second = 0; second < 10; second += 1) {
    heart.beat();
    pass(1_000);
  }
  assert.deepEqual(heard, []);
});

test('a_silent_worker_is_asked_and_given_up_once_it_does_not_answer', (t) => {
  const { heart, heard, pass } = start(t);
  pass(1_000);
  pass(1_000);
  assert.deepEqual(heard, ['asked']);
  heart.beat();
  pass(1_000);
  assert.deepEqual(heard, ['asked']);
  pass(1_000);
  pass(1_000);
  assert.deepEqual(heard, ['asked', 'asked', 'dead']);
});

test('time_in_which_the_page_slept_does_not_count_against_the_worker', (t) => {
  const { heard, pass } = start(t);
  pass(60_000);
  assert.deepEqual(heard, []);
});

function start(t: TestContext) {
  let now = 0;
  t.mock.timers.enable({ apis: ['setInterval'] });
  t.mock.method(performance, 'now', () => now);
  const heard: string[] = [];
  const heart = new Heartbeat(() => heard.push('asked'), () => heard.push('dead'));
  t.after(() => heart.stop());
  /** A tick of the timer comes so late. */
  const pass = (ms: number) => {
    now += ms;
    t.mock.timers.tick(1_000);
  };
  return { heart, heard, pass };
}
