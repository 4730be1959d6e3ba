// Medians, and the verdicts over goals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, json, line, median } from './figures.js';

test('a_median_is_the_middle_or_the_mean_of_the_middle_two', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), undefined);
});

test('figures_say_whether_their_goal_is_met', () => {
  const figures = [
    figure('a', 1.2, 'ratio', { atMost: 1.3 }), figure('b', 0.6, 'ratio', { atLeast: 0.7 }),
    figure('c', NaN, 'ratio', { atMost: 0.5 }), figure('d', 5, 'ms'),
  ];
  const { figures: told } = JSON.parse(json(figures)) as { figures: { value: unknown; goal: unknown; holds: unknown }[] };
  assert.deepEqual(told.map(({ holds }) => holds), [true, false, null, null]);
  assert.deepEqual(told.map(({ goal }) => goal), ['<= 1.3', '>= 0.7', '<= 0.5', null]);
  assert.equal(told[2]?.value, null);
  const [kept = '', missed = '', unknown = ''] = figures.map(line);
  assert.match(kept, /holds/);
  assert.match(missed, /MISSED/);
  assert.match(unknown, /not measured/);
});
