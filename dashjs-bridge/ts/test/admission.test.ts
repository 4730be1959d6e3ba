// What a page tells signaling of itself, and what it keeps to itself.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AdmissionDesk, type Locator } from '../page/admission.js';
import { turn } from './turn.js';

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const NEAR_BERLIN = { latitude: 52.5163, longitude: 13.3777 };

test('tells_the_time_zone_and_no_position_unless_it_is_asked_to', async () => {
  const locator = locate(() => assert.fail('the viewer is not to be asked'));
  const admission = await new AdmissionDesk({ token: undefined, position: undefined }, locator).admission();
  assert.deepEqual(admission, { hints: { zone: ZONE } });
});

test('asks_a_function_for_a_token_each_time', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const token = async () => `token-${(asked += 1)}`;
  const desk = new AdmissionDesk({ token, position: undefined });
  assert.equal((await desk.admission())?.token, 'token-1');
  assert.equal((await desk.admission())?.token, 'token-2');
});

test('a_token_that_is_given_is_told_each_time', async () => {
  const desk = new AdmissionDesk({ token: 'e30', position: undefined });
  assert.equal((await desk.admission())?.token, 'e30');
  assert.equal((await desk.admission())?.token, 'e30');
});

test('there_is_no_admission_where_the_function_fails', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const token of [
    () => Promise.reject(new Error('the app is away')),
    () => { throw new Error('the app is at fault'); },
  ]) {
    assert.equal(await new AdmissionDesk({ token, position: undefined }).admission(), undefined);
  }
});

test('a_function_that_never_settles_holds_up_one_join_for_10_s_and_not_the_next', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const token = () => (asked += 1) === 1 ? new Promise<string>(() => undefined) : 'e30';
  const desk = new AdmissionDesk({ token, position: undefined });
  let first: object | undefined = { hints: 'none yet' };
  const told = desk.admission().then((admission) => { first = admission; });
  t.mock.timers.tick(9_999);
  await turn();
  assert.deepEqual(first, { hints: 'none yet' });
  t.mock.timers.tick(1);
  await told;
  assert.equal(first, undefined, 'as where it throws');
  assert.equal((await desk.admission())?.token, 'e30');
});

test('rounds_a_position_to_half_a_degree_before_it_is_told', async () => {
  const cases: [{ latitude: number; longitude: number }, { north: number; east: number }][] = [
    [NEAR_BERLIN, { north: 105, east: 27 }],
    [{ latitude: -33.86, longitude: -70.1 }, { north: -68, east: -140 }],
    [{ latitude: 90, longitude: -180 }, { north: 180, east: -360 }],
  ];
  for (const [coords, cell] of cases) {
    const locator = locate((found) => found({ coords } as GeolocationPosition));
    const admission = await new AdmissionDesk({ token: undefined, position: 'high' }, locator).admission();
    assert.deepEqual(admission, { hints: { zone: ZONE, ...cell } });
  }
});

test('asks_the_viewer_for_a_position_when_signaling_is_joined_first_and_not_again', async () => {
  let asked = 0;
  const desk = new AdmissionDesk({ token: undefined, position: 'high' }, locate((_, refused) => {
    asked += 1;
    refused();
  }));
  assert.equal(asked, 0);
  for (const _ of [1, 2]) await desk.admission();
  assert.equal(asked, 1);
});

test('joins_without_a_position_that_is_refused', async () => {
  const locator = locate((_, refused) => refused());
  const admission = await new AdmissionDesk({ token: 'e30', position: 'high' }, locator).admission();
  assert.deepEqual(admission, { token: 'e30', hints: { zone: ZONE } });
});

test('waits_for_a_viewer_who_ponders_but_not_for_long', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let found: ((position: GeolocationPosition) => void) | undefined;
  const desk = new AdmissionDesk({ token: undefined, position: 'high' }, locate((then) => { found = then; }));
  let first: object | undefined;
  const told = desk.admission().then((admission) => { first = admission; });
  t.mock.timers.tick(1_999);
  await turn();
  assert.equal(first, undefined);
  t.mock.timers.tick(1);
  await told;
  assert.deepEqual(first, { hints: { zone: ZONE } });
  found?.({ coords: NEAR_BERLIN } as GeolocationPosition);
  assert.deepEqual(await desk.admission(), { hints: { zone: ZONE, north: 105, east: 27 } }, 'it is for the next');
});

test('knows_the_point_of_presence_by_its_airport', async () => {
  const cases: [Record<string, string>, string | undefined][] = [
    [{ 'cf-ray': '8f1c2d3e4f5a6b7c-FRA' }, 'FRA'],
    [{ 'x-amz-cf-pop': 'FRA56-P4' }, 'FRA'],
    [{ 'x-served-by': 'cache-iad-kiad7000123-IAD, cache-fra-eddf8230022-FRA' }, 'FRA'],
    [{ 'x-served-by': 'cache-lhr7340-LHR' }, 'LHR'],
    [{ 'x-served-by': 'origin' }, undefined],
    [{ 'cf-ray': '8f1c2d3e4f5a6b7c' }, undefined],
    [{ 'content-type': 'video/mp4' }, undefined],
  ];
  for (const [headers, pop] of cases) {
    const desk = new AdmissionDesk({ token: undefined, position: undefined });
    desk.responded(headers);
    assert.equal((await desk.admission())?.hints.pop, pop, JSON.stringify(headers));
  }
});

test('the_first_response_of_a_title_that_names_a_point_of_presence_counts', async () => {
  const desk = new AdmissionDesk({ token: undefined, position: undefined });
  for (const ray of ['none', '8f-FRA', '8f-CDG']) desk.responded({ 'cf-ray': ray });
  assert.equal((await desk.admission())?.hints.pop, 'FRA');
  desk.titleClosed();
  assert.deepEqual((await desk.admission())?.hints, { zone: ZONE });
  desk.responded({ 'cf-ray': '8f-CDG' });
  assert.equal((await desk.admission())?.hints.pop, 'CDG');
});

test('keeps_the_position_for_later_titles', async () => {
  let asked = 0;
  const desk = new AdmissionDesk({ token: undefined, position: 'high' }, locate((found) => {
    asked += 1;
    found({ coords: NEAR_BERLIN } as GeolocationPosition);
  }));
  await desk.admission();
  desk.titleClosed();
  assert.deepEqual([(await desk.admission())?.hints, asked], [{ zone: ZONE, north: 105, east: 27 }, 1]);
});

function locate(answer: (found: (position: GeolocationPosition) => void, refused: () => void) => void): Locator {
  return { getCurrentPosition: (found, refused) => answer(found, () => refused?.({} as GeolocationPositionError)) };
}
