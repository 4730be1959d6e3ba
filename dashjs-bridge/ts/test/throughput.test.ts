// What the installed dash.js makes of our answers: its own loaders, metrics and ThroughputController compute the
// engine's rate, whatever way its settings have it computed, and nothing of answers that say nothing.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Answer, Wish } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { startDash } from './dashjs.js';
import { turns } from './turn.js';

const NO_BYTES = { origin: 0, seeder: 0, peer: 0, stored: 0 };
const MODES = ['throughputCalculationModeArithmeticMean', 'throughputCalculationModeEwma'] as const;

const WAYS: [string, object, Record<string, unknown>][] = [
  ['resource timings', {}, {}],
  ['traces', { abr: { throughput: { useResourceTimingApi: false } } }, {}],
  ['traces with their latency', { abr: { throughput: { useResourceTimingApi: false, useDeadTimeLatency: false } } }, {}],
  ['timings with their latency', { abr: { throughput: { useDeadTimeLatency: false } } }, {}],
  ['chunks of a low-latency stream', {}, { availabilityTimeComplete: false }],
  ['chunks without timings', { abr: { throughput: { useResourceTimingApi: false } } }, { availabilityTimeComplete: false }],
];

for (const [name, settings, request] of WAYS) {
  test(`computes_the_rate_that_is_kept_up_from_${name.replaceAll(/\W/g, '_')}`, async (t) => {
    const session = new Answering();
    const dash = await startDash(t, session as unknown as Session, settings);
    const clock = new StoppedClock(t);
    for (const [bytes, rate] of [[500_000, 3_000_000], [40_000, 800_000], [2_000_000, 24_000_000]] as const) {
      for (const mediaType of ['video', 'audio']) {
        session.next = { bytes, rate };
        const data = await clock.runs(dash.load({ ...request, mediaType }));
        assert.equal((data as ArrayBuffer).byteLength, bytes);
        near(dash.last(mediaType), rate / 1_000, `${name}: ${bytes} bytes of ${mediaType}`);
      }
    }
    assert.ok(MODES.every((mode) => dash.averageKbps('video', mode) > 800 && dash.averageKbps('video', mode) < 24_000));
  });

  test(`learns_nothing_where_there_is_no_telling_from_${name.replaceAll(/\W/g, '_')}`, async (t) => {
    const session = new Answering();
    const dash = await startDash(t, session as unknown as Session, settings);
    const clock = new StoppedClock(t);
    session.next = { bytes: 500_000, rate: 0 };
    await clock.runs(dash.load(request));
    assert.ok(Number.isNaN(dash.averageKbps()));
  });
}

test('waits_no_longer_than_a_cache_would_take_and_only_where_dash_js_looks_at_the_clock', async (t) => {
  for (const [streaming, waitsMs] of [
    [{}, 0],
    [{ abr: { throughput: { useResourceTimingApi: false } }, cacheLoadThresholds: { video: 60, audio: 5 } }, 61],
  ] as const) {
    const session = new Answering();
    session.next = { bytes: 100_000, rate: 1_000_000 };
    const dash = await startDash(t, session as unknown as Session, streaming);
    const clock = new StoppedClock(t);
    let isLoaded = false;
    const loaded = dash.load().then(() => { isLoaded = true; });
    await clock.advance(Math.max(0, waitsMs - 1));
    assert.equal(isLoaded, waitsMs === 0, 'it would be taken for a cached one');
    await clock.advance(1);
    assert.equal(isLoaded, true);
    await loaded;
    near(dash.last(), 1_000, 'the sample counts');
  }
});

test('keeps_its_report_from_an_entry_of_the_page_for_the_same_url', async (t) => {
  t.mock.method(performance, 'getEntriesByType', () => [{
    name: 'https://cdn.example/v/1.m4s', startTime: 1, responseStart: 1, responseEnd: 2, transferSize: 10 ** 6,
    decodedBodySize: 10 ** 6, encodedBodySize: 10 ** 6, duration: 1,
  }]);
  const session = new Answering();
  session.next = { bytes: 100_000, rate: 1_000_000 };
  const dash = await startDash(t, session as unknown as Session);
  await dash.load();
  near(dash.last(), 1_000, 'not the 8 Gbit/s of the entry');
});

test('is_aborted_while_it_waits_for_the_clock', async (t) => {
  const session = new Answering();
  session.next = { bytes: 100_000, rate: 1_000_000 };
  const dash = await startDash(t, session as unknown as Session, {
    abr: { throughput: { useResourceTimingApi: false } }, cacheLoadThresholds: { video: 500, audio: 5 },
  });
  const clock = new StoppedClock(t);
  const loaded = dash.load();
  const rejected = assert.rejects(loaded, /aborted/);
  await clock.advance(20);
  dash.abort();
  await rejected;
});

function near(kbps: number | undefined, expected: number, what: string): void {
  assert.ok(kbps !== undefined && Math.abs(kbps - expected) <= Math.max(1, expected / 100), `${what}: ${kbps} kbit/s`);
}

/** A session whose engine answers each demand a turn later with what is laid down in `next`. */
class Answering {
  readonly asks = () => true;
  next = { bytes: 0, rate: 0 };

  demand(_wish: Wish, _patienceMs: number, answer: (answer: Answer) => void): () => void {
    const { bytes, rate } = this.next;
    setImmediate(() => answer({ type: 'delivered', bytes: new ArrayBuffer(bytes), sources: NO_BYTES, rate }));
    return () => undefined;
  }
}

/** The one clock that dash.js and the loader go by, which a slow machine does not move. */
class StoppedClock {
  readonly #timers: TestContext['mock']['timers'];

  constructor({ mock }: TestContext) {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    mock.method(performance, 'now', () => Date.now());
    this.#timers = mock.timers;
  }

  /** What was asked is answered, and then time passes. */
  async advance(ms: number): Promise<void> {
    await turns();
    this.#timers.tick(ms);
    await turns();
  }

  /** Lets time pass until something is done. */
  async runs<T>(what: Promise<T>): Promise<T> {
    let isDone = false;
    const done = what.finally(() => { isDone = true; });
    for (let ms = 0; ms < 1_000 && !isDone; ms += 1) await this.advance(1);
    return done;
  }
}
