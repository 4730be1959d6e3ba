// dash.js's loader contract, with segments answered from elsewhere.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { abortExtension, type Cancels } from '../dashjs/abort.js';
import { loaderExtension } from '../dashjs/loader.js';
import type { FragmentRequest, HttpLoader, LoadConfig, Loader, LoadRequest, LoadResponse } from '../dashjs/loading.js';
import type { UnaskedReason } from '../figures.js';
import type { Answer } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { FakeSession } from './fake-session.js';

const BASE = 'https://page.example/watch/';
const DECLINED: Answer = { type: 'declined', reason: 'unknown' };

beforeEach(() => {
  Object.assign(globalThis, { document: { baseURI: BASE } });
});

test('hands_a_segment_over_once_with_the_rate_that_is_kept_up', () => {
  const { session, loader } = extended();
  const { load, response, calls } = segment();
  loader.load(load, response);
  session.answer({ type: 'delivered', bytes: new ArrayBuffer(900), sources: { origin: 0, seeder: 0, peer: 900, stored: 0 }, rate: 90_000 });
  session.answer(DECLINED);
  assert.deepEqual(calls, ['progress 0/0', 'progress 900/900', 'loadend']);
  assert.equal(response.status, 200);
  assert.equal(response.url, load.customData.request.url, 'another URL would be booked as a redirect');
  assert.equal((response.data as ArrayBuffer).byteLength, 900);
  assert.deepEqual(load.customData.request.resourceTimingValues,
    { responseStart: 0, responseEnd: 80, transferSize: 900, decodedBodySize: 900, encodedBodySize: 900 });
});

test('reports_what_says_nothing_of_the_network_as_cached', () => {
  const { session, loader } = extended();
  const { load, response } = segment();
  loader.load(load, response);
  session.answer({ type: 'delivered', bytes: new ArrayBuffer(9), sources: { origin: 0, seeder: 0, peer: 9, stored: 0 }, rate: 0 });
  assert.equal(load.customData.request.resourceTimingValues?.transferSize, 0);
  assert.equal(load.customData.request.resourceTimingValues?.decodedBodySize, 9);
});

test('loads_by_itself_what_the_engine_declines', () => {
  const { session, loader, own } = extended();
  const { load, response, calls } = segment();
  loader.load(load, response);
  assert.deepEqual(own.loads, []);
  session.answer(DECLINED);
  assert.deepEqual(own.loads, ['https://cdn.example/v/1.m4s']);
  own.finish(load, response, 200, new ArrayBuffer(5));
  assert.deepEqual(calls, ['loadend']);
  assert.equal(session.plainBytes, 5);
  assert.equal(session.plainWishes[0], session.wishes[0], 'told as what the engine was asked for');
});

test('gives_the_engine_as_long_as_dash_js_would_give_its_own_request', () => {
  const { session, loader, own } = extended();
  const { load, response } = segment({ timeout: 20_000 });
  loader.load(load, response);
  assert.deepEqual(session.patience, [20_000]);
  session.answer({ type: 'declined', reason: 'late' });
  assert.equal(own.loads.length, 1);
  session.answer({ type: 'delivered', bytes: new ArrayBuffer(9), sources: { origin: 0, seeder: 0, peer: 9, stored: 0 }, rate: 0 });
  assert.equal(response.data, undefined);
});

test('aborts_a_demand_with_onabort_and_nothing_else', () => {
  const { session, loader, own } = extended();
  const { load, response, calls } = segment();
  loader.load(load, response);
  load.customData.abort?.();
  load.customData.abort?.();
  session.answer(DECLINED);
  assert.deepEqual(calls, ['abort']);
  assert.equal(session.cancelled, 1);
  assert.deepEqual(own.loads, []);
});

test('forgets_its_demands_when_dash_js_resets', () => {
  const { session, loader, own } = extended();
  const { load, response, calls } = segment();
  loader.load(load, response);
  loader.reset?.();
  session.answer(DECLINED);
  assert.deepEqual([calls, own.loads, own.resets], [[], [], 1]);
});

test('leaves_to_dash_js_what_only_its_own_request_gets_right_and_says_why_of_segments', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const soon = new Date(Date.now() + 1_000);
  const plain: [string, Partial<LoadRequest>, Partial<FragmentRequest>, UnaskedReason?][] = [
    ['an index', {}, { type: 'IndexSegment' }],
    ['a thumbnail', {}, { mediaType: 'image' }],
    ['a part', {}, { isPartialSegmentRequest: true }, 'growing'],
    ['credentials', { credentials: 'include' }, {}, 'ownHeaders'],
    ['a header', { headers: { Authorization: 'x' } }, {}, 'ownHeaders'],
    ['a body', { method: 'POST', body: 'x' }, {}, 'ownHeaders'],
    ['an open range', {}, { range: '5-' }, 'range'],
    ['a segment that grows', {}, { availabilityStartTime: soon, representation: { id: 'v', availabilityTimeOffset: 2 } }, 'growing'],
  ];
  for (const [name, loadPart, requestPart, reason] of plain) {
    const { session, loader, own } = extended();
    const { load, response } = segment(loadPart, requestPart);
    loader.load(load, response);
    assert.deepEqual([session.wishes.length, own.loads.length], [0, 1], name);
    assert.deepEqual(session.unasked, reason === undefined ? [] : [reason], name);
  }
});

test('a_segment_is_whole_by_the_clock_that_dash_js_goes_by', () => {
  const request = { availabilityStartTime: new Date(1_000_000), representation: { id: 'v', availabilityTimeOffset: 2 } };
  for (const [nowMs, shared] of [[1_002_999, 0], [1_003_000, 1]] as const) {
    const { session, loader } = extended(() => nowMs);
    const { load, response } = segment({}, request);
    loader.load(load, response);
    assert.equal(session.wishes.length, shared);
  }
});

test('asks_by_absolute_url_range_and_position', () => {
  const { session, loader } = extended();
  const { load, response } = segment({ url: '../v/1.m4s', headers: { Range: 'bytes=5-9', 'CMCD-Status': 'bs' } }, { range: '5-9', startTime: 12.5 });
  loader.load(load, response);
  const init = segment({}, { type: 'InitializationSegment' });
  loader.load(init.load, init.response);
  assert.deepEqual(session.wishes, [
    {
      url: 'https://page.example/v/1.m4s', range: { first: 5, last: 9 },
      position: { representation: 'v720', kind: 'media', startMs: 12_500 },
    },
    { url: 'https://cdn.example/v/1.m4s', position: { representation: 'v720', kind: 'init', startMs: 0 } },
  ]);
});

test('subtitles_in_one_file_are_no_init_segment_though_dash_js_asks_for_them_as_such', () => {
  for (const [isFragmented, kind] of [[false, undefined], [true, 'init'], [null, 'init']] as const) {
    const { session, loader } = extended();
    const { load, response } = segment({}, {
      type: 'InitializationSegment', mediaType: 'text', representation: { id: 't', mediaInfo: { isFragmented } },
    });
    loader.load(load, response);
    assert.deepEqual(session.wishes.map(({ position }) => position?.kind), [kind]);
  }
});

test('passes_each_manifest_on_with_its_final_url', () => {
  const { session, loader, own } = extended();
  for (const round of [1, 2]) {
    const { load, response, calls } = segment({ url: 'm.mpd' }, { type: 'MPD', mediaType: 'stream' });
    loader.load(load, response);
    response.url = `https://cdn.example/final-${round}.mpd`;
    own.finish(load, response, 200, '<MPD/>');
    assert.deepEqual(calls, ['loadend']);
  }
  const refused = segment({ url: 'm.mpd' }, { type: 'MPD', mediaType: 'stream' });
  loader.load(refused.load, refused.response);
  own.finish(refused.load, refused.response, 404, 'no');
  assert.deepEqual(session.manifests, [1, 2].map((round) => ({
    asked: 'https://page.example/watch/m.mpd', url: `https://cdn.example/final-${round}.mpd`, text: '<MPD/>',
  })));
});

test('shows_the_headers_of_successful_responses', () => {
  const { session, loader, own } = extended();
  const headers = { 'cf-ray': '8f-FRA' };
  for (const [type, status] of [['MPD', 200], ['MPD', 404], ['MediaSegment', 200], ['MediaSegment', 500]] as const) {
    const { load, response } = segment({}, { type });
    loader.load(load, response);
    session.answer(DECLINED);
    Object.assign(response, { headers: { ...headers, status: String(status) } });
    own.finish(load, response, status, '<MPD/>');
  }
  assert.deepEqual(session.headers, [{ ...headers, status: '200' }, { ...headers, status: '200' }]);
});

test('aborts_though_an_interceptor_made_a_copy_of_the_request', () => {
  const session = new FakeSession();
  const cancels: Cancels = new Map();
  const loader = extend(new OwnLoader(), loaderExtension(session as unknown as Session, cancels, () => ({}), Date.now));
  // As dash.js's own CMCD interceptor does it: `customData.abort` lands on the copy, where abort() does not look.
  const parent: HttpLoader = {
    load({ request, abort }: LoadConfig) {
      const { load, response } = segment({}, {}, request);
      load.customData.onabort = () => abort?.(request);
      return loader.load({ ...load, customData: { ...load.customData } }, response);
    },
    abort() {},
  };
  const http = extend(parent, abortExtension(cancels));
  const aborted: unknown[] = [];
  const { load: { customData: { request } } } = segment();
  http.load({ request, abort: (...args) => aborted.push(...args) });
  http.abort();
  http.abort();
  assert.deepEqual(aborted, [request]);
  assert.equal(session.cancelled, 1);
});

test('what_is_aborted_while_it_streams_is_not_taken_for_failed_and_asked_for_again', () => {
  const session = new FakeSession();
  const cancels: Cancels = new Map();
  const loader = extend<Loader>(new OwnLoader(), loaderExtension(session as unknown as Session, cancels, () => ({}), Date.now));
  const { load, response, calls } = segment({}, { isPartialSegmentRequest: true } as Partial<FragmentRequest>);
  loader.load(load, response);
  // As dash.js's FetchLoader does it: its reader fails for the abort, and it ends the load.
  load.customData.abort = () => {
    load.customData.onabort?.({});
    load.customData.onloadend?.();
  };
  cancels.get(load.customData.request)?.();
  assert.deepEqual([calls, cancels.size], [['abort'], 0]);
});

test('counts_all_of_a_segment_that_was_given_out_while_it_came_and_nothing_of_one_that_broke_off', () => {
  const { session, loader, own } = extended();
  for (const data of [new ArrayBuffer(0), null]) {
    const { load, response } = segment({}, { isPartialSegmentRequest: true, bytesLoaded: 900 } as Partial<FragmentRequest>);
    loader.load(load, response);
    own.finish(load, response, 200, data);
  }
  assert.deepEqual([session.plainRequests, session.plainBytes], [1, 900]);
});

test('an_abort_spares_what_dash_js_spares', () => {
  const cancels: Cancels = new Map();
  const http = extend<HttpLoader>({ load() {}, abort() {} }, abortExtension(cancels));
  const cancelled: string[] = [];
  for (const type of ['MediaSegment', 'FragmentInfoSegment']) {
    const { load: { customData: { request } } } = segment({}, { type });
    http.load({ request });
    cancels.set(request, () => cancelled.push(type));
  }
  http.abort();
  assert.deepEqual(cancelled, ['MediaSegment']);
});

/** Overrides members of `parent` as dash.js's `extend(name, child, true)` does: in place, and only those it has. */
function extend<T extends object>(parent: T, extension: (this: { parent: T }) => T): T {
  const child = extension.apply({ parent });
  for (const name of Object.keys(parent) as (keyof T)[]) {
    if (child[name] !== undefined) parent[name] = child[name];
  }
  return parent;
}

function extended(now = Date.now) {
  const session = new FakeSession();
  const own = new OwnLoader();
  return { session, own, loader: extend<Loader>(own, loaderExtension(session as unknown as Session, new Map(), () => ({}), now)) };
}

function segment(loadPart: Partial<LoadRequest> = {}, requestPart: Partial<FragmentRequest> = {}, given?: FragmentRequest) {
  const calls: string[] = [];
  const request: FragmentRequest = given ?? {
    url: 'https://cdn.example/v/1.m4s', type: 'MediaSegment', mediaType: 'video', startTime: 0,
    representation: { id: 'v720' }, ...requestPart,
  };
  const load: LoadRequest = {
    url: request.url, method: 'GET', headers: {}, credentials: 'omit', timeout: 0,
    ...loadPart,
    customData: {
      request,
      onloadend: () => calls.push('loadend'),
      onprogress: ({ loaded, total }) => calls.push(`progress ${loaded}/${total}`),
      onabort: () => calls.push('abort'),
    },
  };
  const response: LoadResponse = {};
  return { load, response, calls };
}

/** dash.js's own loader, which ends a load when it is told to. */
class OwnLoader implements Loader {
  loads: string[] = [];
  resets = 0;
  load = (request: LoadRequest) => void this.loads.push(request.url);
  abort = () => undefined;
  reset = () => void (this.resets += 1);
  resetInitialSettings = () => undefined;

  finish({ customData }: LoadRequest, response: LoadResponse, status: number, data: unknown): void {
    Object.assign(response, { status, data });
    customData.onloadend?.();
  }
}
