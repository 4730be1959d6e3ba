// hls.js's loader contract, with segments answered from elsewhere.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fragmentLoader } from '../hlsjs/fragments.js';
import type { Loader, LoaderCallbacks, LoaderClass, LoaderContext, LoaderStats } from '../hlsjs/loading.js';
import { playlistLoader } from '../hlsjs/playlists.js';
import type { Answer } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { FakeSession } from './fake-session.js';

const CONFIG = { loadPolicy: { maxLoadTimeMs: 120_000 } };
const ESTIMATE = 500_000;

beforeEach(() => {
  Object.assign(globalThis, { document: { baseURI: 'https://page.example/' }, XMLHttpRequest: class {} });
});

test('hands_a_fragment_over_once_as_if_it_had_come_at_the_rate_that_is_kept_up', () => {
  for (const [rate, ms] of [[90_000, 80], [0, 14.4]] as const) {
    const { session, loader, calls, load } = fragment();
    load();
    assert.deepEqual(session.patience, [CONFIG.loadPolicy.maxLoadTimeMs]);
    session.answer(delivered(900, rate));
    session.answer(delivered(900, rate));
    assert.deepEqual(calls, ['success 200 900']);
    const { stats: { loading, loaded, total } } = loader;
    assert.deepEqual([loaded, total], [900, 900]);
    // hls.js divides the bytes by what lies between the first byte and the end; at the engine's rate, else its own.
    assert.ok(Math.abs(loading.end - loading.first - ms) < 1e-6, `${rate}: ${loading.end - loading.first} ms`);
    assert.ok(loading.start < loading.first);
  }
});

test('leaves_to_hls_js_what_the_engine_declines_with_stats_as_if_nothing_had_been', () => {
  const { session, own, calls, load } = fragment();
  load();
  session.answer({ type: 'declined', reason: 'unknown' });
  assert.deepEqual(own.loads, [0], 'a loader of hls.js refuses to load when it seems to have begun');
  own.succeed(new ArrayBuffer(7));
  assert.deepEqual(calls, ['success 200 7']);
  assert.equal(session.plainBytes, 7);
  assert.equal(session.plainWishes[0], session.wishes[0], 'told as what the engine was asked for');
});

test('counts_what_hls_js_took_as_it_came', () => {
  const { session, own, load } = fragment();
  load({ part: {} });
  own.succeed(new ArrayBuffer(0), 900);
  assert.equal(session.plainBytes, 900);
});

test('aborts_once_and_is_silent_after_it_is_destroyed', () => {
  const aborted = fragment();
  aborted.load();
  aborted.loader.abort();
  aborted.session.answer(delivered(9, 0));
  assert.deepEqual([aborted.calls, aborted.loader.stats.aborted, aborted.session.cancelled], [['abort'], true, 1]);
  const destroyed = fragment();
  destroyed.load();
  destroyed.loader.destroy();
  destroyed.session.answer({ type: 'declined', reason: 'late' });
  assert.deepEqual([destroyed.calls, destroyed.own.loads, destroyed.session.cancelled], [[], [], 1]);
});

test('leaves_parts_and_requests_with_headers_to_hls_js_and_says_why', () => {
  for (const [reason, change] of [
    ['growing', { part: {} }], ['ownHeaders', { headers: { Authorization: 'x' } }], ['range', { headers: { range: 'bytes=0-1' } }],
  ] as const) {
    const { session, own, load } = fragment();
    load(change);
    assert.deepEqual([session.wishes.length, own.loads.length, session.unasked], [0, 1, [reason]]);
  }
});

test('a_request_that_reports_by_cmcd_is_shared', () => {
  const { session, own, load } = fragment();
  load({ headers: { 'CMCD-Request': 'su', 'CMCD-Object': 'br=800' } });
  assert.deepEqual([session.wishes.length, own.loads.length], [1, 0]);
});

test('asks_for_byte_ranges_whose_end_is_the_last_byte', () => {
  const { session, load } = fragment();
  load({ rangeStart: 5, rangeEnd: 10 });
  load({});
  assert.deepEqual(session.wishes, [
    { url: 'https://cdn.example/v/1.m4s', range: { first: 5, last: 9 } }, { url: 'https://cdn.example/v/1.m4s' },
  ]);
});

test('passes_playlists_on_without_what_low_latency_adds_to_their_addresses', () => {
  const session = new FakeSession();
  const PlaylistLoader = playlistLoader(session as unknown as Session, OwnLoader as unknown as LoaderClass);
  for (const [type, url] of [['manifest', '/m.m3u8?t=1'], ['level', 'https://cdn.example/v.m3u8?a=1&_HLS_msn=7&_HLS_part=1']]) {
    const loader = new PlaylistLoader({} as never) as unknown as OwnLoader;
    const done: unknown[] = [];
    loader.load({ type: type ?? '', url: url ?? '' }, CONFIG, {
      onSuccess: ({ data }) => done.push(data), onError: () => undefined, onTimeout: () => undefined,
    });
    loader.succeed('#EXTM3U');
    assert.deepEqual(done, ['#EXTM3U']);
  }
  assert.equal(session.closed, 1, 'a manifest begins a title, a level goes on with it');
  assert.deepEqual(session.manifests.map(({ url }) => url), [
    'https://page.example/m.m3u8?t=1', 'https://cdn.example/v.m3u8?a=1',
  ]);
});

function delivered(size: number, rate: number): Answer {
  return { type: 'delivered', bytes: new ArrayBuffer(size), sources: { origin: 0, seeder: 0, peer: size, stored: 0 }, rate };
}

function fragment() {
  const session = new FakeSession();
  const own = new OwnLoader();
  const Own = function () { return own; } as unknown as LoaderClass;
  const loader: Loader = new (fragmentLoader(session as unknown as Session, Own, () => ESTIMATE))({} as never);
  const calls: string[] = [];
  const callbacks: LoaderCallbacks = {
    onSuccess: ({ code, data }) => calls.push(`success ${code ?? 0} ${(data as ArrayBuffer).byteLength}`),
    onError: () => calls.push('error'), onTimeout: () => calls.push('timeout'), onAbort: () => calls.push('abort'),
  };
  const load = (change: Partial<LoaderContext> = {}) =>
    loader.load({ type: 'media-fragment', url: 'https://cdn.example/v/1.m4s', part: null, ...change }, CONFIG, callbacks);
  return { session, own, loader, calls, load };
}

/** A loader of hls.js, which ends a load when it is told to. */
class OwnLoader implements Loader {
  stats: LoaderStats = { aborted: false, loaded: 0, total: 0, loading: { start: 0, first: 0, end: 0 } };
  context: LoaderContext | null = null;
  /** The start that each load found. */
  readonly loads: number[] = [];
  #callbacks: LoaderCallbacks | undefined;

  load(context: LoaderContext, _config: object, callbacks: LoaderCallbacks): void {
    this.context = context;
    this.loads.push(this.stats.loading.start);
    this.#callbacks = callbacks;
  }

  /** `loaded`: what hls.js counted; a loader that hands bytes over as they come ends with none. */
  succeed(data: unknown, loaded = data instanceof ArrayBuffer ? data.byteLength : 0): void {
    if (this.context === null) throw new Error('nothing was loaded');
    this.stats.loaded = loaded;
    this.#callbacks?.onSuccess({ url: this.context.url, data, code: 200 }, this.stats, this.context, null);
  }

  abort(): void {}
  destroy(): void {}
}
