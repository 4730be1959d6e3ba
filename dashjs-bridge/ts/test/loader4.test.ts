// dash.js 4's loader contract, with segments answered from elsewhere.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { loaderExtension4 } from '../dashjs/loader4.js';
import type { FragmentRequest4, Load4, Loader4, ManifestInfo4 } from '../dashjs/loading4.js';
import type { UnaskedReason } from '../figures.js';
import type { Answer } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { FakeSession } from './fake-session.js';

const NOW_MS = 1_700_000_000_000;

beforeEach(() => {
  Object.assign(globalThis, { document: { baseURI: 'https://page.example/' } });
});

test('hands_a_segment_over_between_dates_that_give_the_rate_that_is_kept_up', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const { session, loader } = extended();
  const { load, calls } = segment({ range: '5-9', startTime: 12.5 });
  loader.load(load);
  session.answer(delivered(90_000, 900_000));
  session.answer(delivered(90_000, 900_000));
  assert.deepEqual(calls, ['progress 90000 800', 'load 206', 'end']);
  assert.deepEqual(session.wishes, [{
    url: 'https://cdn.example/v/1.m4s', range: { first: 5, last: 9 },
    position: { representation: 'v', kind: 'media', startMs: 12_500 },
  }]);
  // As dash.js's HTTPLoader does at each load's end.
  load.request.requestStartDate = new Date();
  const { firstByteDate, requestStartDate } = load.request;
  assert.equal(firstByteDate?.getTime(), 1_000_000 - 800);
  assert.equal(requestStartDate?.getTime(), 1_000_000 - 801, 'a latency of its own, never below zero');
  assert.equal(session.plainBytes, 0, 'it is not counted as fetched plainly');
});

test('leaves_no_trace_of_what_says_nothing_of_the_network', () => {
  const { session, loader } = extended();
  const { load, calls } = segment();
  loader.load(load);
  session.answer(delivered(9, 0));
  assert.deepEqual(calls, ['progress 9 untraced', 'load 200', 'end']);
});

test('loads_by_itself_what_the_engine_declines', () => {
  const { session, loader, own } = extended();
  const { load, calls } = segment();
  loader.load(load);
  session.answer({ type: 'declined', reason: 'unknown' });
  assert.deepEqual(own, ['load']);
  load.response = { status: 200, statusText: 'OK', response: new ArrayBuffer(5) };
  load.onload();
  assert.deepEqual([calls, session.plainBytes], [['load 200'], 5]);
  assert.equal(session.plainWishes[0], session.wishes[0], 'told as what the engine was asked for');
});

test('aborts_a_demand_with_onabort_and_leaves_other_aborts_to_dash_js', () => {
  const { session, loader, own } = extended();
  const { load, calls } = segment();
  loader.load(load);
  loader.abort(load);
  loader.abort(load);
  session.answer({ type: 'declined', reason: 'unknown' });
  assert.deepEqual([calls, own, session.cancelled], [['abort'], ['abort'], 1]);
});

test('subtitles_in_one_file_are_no_init_segment_though_dash_js_asks_for_them_as_such', () => {
  for (const [isFragmented, kind] of [[false, undefined], [true, 'init'], [null, 'init']] as const) {
    const { session, loader } = extended();
    loader.load(segment({ type: 'InitializationSegment', mediaType: 'text', mediaInfo: { isFragmented } }).load);
    assert.deepEqual(session.wishes.map(({ position }) => position?.kind), [kind]);
  }
});

test('leaves_to_dash_js_what_only_its_own_request_gets_right_and_says_why_of_segments', () => {
  const plain: [string, Partial<FragmentRequest4>, Partial<Load4>, UnaskedReason?][] = [
    ['an index', { type: 'IndexSegment' }, {}], ['what grows', { availabilityTimeComplete: false }, {}, 'growing'],
    ['an open range', { range: '5-' }, {}, 'range'], ['credentials', {}, { withCredentials: true }, 'ownHeaders'],
    ['a header', {}, { headers: { Authorization: 'x' } }, 'ownHeaders'],
  ];
  for (const [name, request, change, reason] of plain) {
    const { session, loader, own } = extended();
    loader.load({ ...segment(request).load, ...change });
    assert.deepEqual([own, session.wishes.length], [['load'], 0], name);
    assert.deepEqual(session.unasked, reason === undefined ? [] : [reason], name);
  }
});

test('of_low_latency_what_is_whole_by_the_clock_is_shared_and_what_may_still_grow_is_not', () => {
  const availableFrom = new Date(NOW_MS - 100_000);
  const live = { isDynamic: true, availableFrom };
  const asked: [string, Partial<FragmentRequest4>, number][] = [
    ['whole for a second', whole(97, live), 1],
    ['whole just now, by a clock that may be wrong', whole(97.001, live), 0],
    ['still grows', whole(99, live), 0],
    ['of a recording', whole(99, { isDynamic: false, availableFrom: null }), 1],
    ['of a stream whose beginning is not known', whole(97, { isDynamic: true, availableFrom: null }), 0],
    ['without a place in the stream', { ...whole(97, live), startTime: NaN }, 0],
    ['without a track', { ...whole(97, live), mediaInfo: null }, 0],
  ];
  for (const [name, request, shared] of asked) {
    const { session, loader, own } = extended();
    loader.load(segment(request).load);
    assert.deepEqual([session.wishes.length, own.length], [shared, 1 - shared], name);
  }
});

test('a_whole_segment_of_low_latency_is_handed_over_at_once_and_streamed_by_dash_js_where_the_engine_declines', () => {
  const request = whole(97, { isDynamic: true, availableFrom: new Date(NOW_MS - 100_000) });
  const shared = extended();
  const { load, calls } = segment(request);
  shared.loader.load(load);
  shared.session.answer(delivered(90_000, 900_000));
  assert.deepEqual([calls, shared.own], [['progress 90000 800', 'load 200', 'end'], []]);
  const declined = extended();
  declined.loader.load(segment(request).load);
  declined.session.answer({ type: 'declined', reason: 'unknown' });
  assert.deepEqual(declined.own, ['load']);
});

test('a_request_that_reports_by_cmcd_is_shared', () => {
  const { session, loader, own } = extended();
  const headers = { 'CMCD-Object': 'br=800', 'CMCD-Request': 'su', 'CMCD-Session': 'sid="x"', 'CMCD-Status': '' };
  loader.load({ ...segment().load, headers });
  assert.deepEqual([own, session.wishes.length], [[], 1]);
});

test('counts_all_of_a_segment_that_was_given_out_while_it_came_and_nothing_of_an_earlier_try', () => {
  for (const [told, rest, counted] of [[900, 0, 900], [undefined, 5, 5]] as const) {
    const { session, loader } = extended();
    // An error page of an earlier try was so long.
    const { load } = segment({ availabilityTimeComplete: false, bytesLoaded: 162 });
    loader.load(load);
    if (told !== undefined) load.request.bytesLoaded = told;
    load.response = { status: 200, statusText: 'OK', response: new ArrayBuffer(rest) };
    load.onload();
    assert.equal(session.plainBytes, counted);
  }
});

test('passes_each_manifest_on_with_its_final_url', () => {
  const { session, loader } = extended();
  const { load } = segment({ type: 'MPD', mediaType: 'stream' });
  load.url = '/m.mpd';
  loader.load(load);
  load.response = {
    status: 200, statusText: 'OK', responseURL: 'https://cdn.example/m.mpd', response: '<MPD/>',
    getAllResponseHeaders: () => 'CF-Ray: 8f-FRA\r\nDate: Sun, 1:2:3\r\n',
  };
  load.onload();
  assert.deepEqual(session.manifests, [
    { asked: 'https://page.example/m.mpd', url: 'https://cdn.example/m.mpd', text: '<MPD/>' },
  ]);
  assert.deepEqual(session.headers, [{ 'cf-ray': '8f-FRA', date: 'Sun, 1:2:3' }]);
});

function delivered(size: number, rate: number): Answer {
  return { type: 'delivered', bytes: new ArrayBuffer(size), sources: { origin: 0, seeder: 0, peer: size, stored: 0 }, rate };
}

function extended() {
  const session = new FakeSession();
  const own: string[] = [];
  const parent: Loader4 = { load: () => void own.push('load'), abort: () => void own.push('abort') };
  return { session, own, loader: loaderExtension4(session as unknown as Session, () => NOW_MS).apply({ parent }) };
}

/** A segment of 2 s of a stream whose segments are asked for while they grow. */
function whole(startTime: number, manifestInfo: ManifestInfo4): Partial<FragmentRequest4> {
  return { availabilityTimeComplete: false, startTime, duration: 2, mediaInfo: { streamInfo: { manifestInfo } } };
}

function segment(change: Partial<FragmentRequest4> = {}) {
  const calls: string[] = [];
  const load: Load4 = {
    url: 'https://cdn.example/v/1.m4s', method: 'GET', withCredentials: false, headers: null, timeout: 0,
    request: {
      url: 'https://cdn.example/v/1.m4s', type: 'MediaSegment', mediaType: 'video', representationId: 'v', startTime: 0, ...change,
    },
    onload: () => calls.push(`load ${load.response?.status ?? 0}`),
    onend: () => calls.push('end'),
    onabort: () => calls.push('abort'),
    progress: ({ loaded, time, noTrace }) => calls.push(`progress ${loaded} ${noTrace ? 'untraced' : time ?? 'timed'}`),
  };
  return { load, calls };
}
