// Reports for a site's own analytics: what they say, when they are sent, and that nothing of them reaches the player.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { beaconIn, type BeaconOptions } from '../beacon/start.js';
import type { BeaconSummary } from '../beacon/summary.js';
import { FugitiveOptionError } from '../errors.js';
import type { FugitiveEvent } from '../events.js';
import type { FugitiveStats } from '../fugitive.js';
import { Listeners } from '../listeners.js';
import { emptyStats } from '../page/tally.js';
import { turn } from './turn.js';

test('says_in_cmcds_keys_what_these_have_a_key_for', (t) => {
  const { fugitive, beacon, sent } = start(t, { sid: 's', cid: 'film' });
  beacon.flush();
  assert.equal(sent.length, 0, 'there is no title yet');
  Object.assign(fugitive.now, {
    state: 'running', format: 'dash', bufferedMs: 12_340, positionMs: 7_000, stalls: 1, stalledMs: 900, uploaded: 4,
    delivered: { origin: 100, seeder: 200, peer: 700, stored: 0 }, plain: { requests: 1, bytes: 50 },
    offload: { total: 0.85714, seeder: 0.19, peers: 0.6667 }, fallbacks: { late: 2 },
    links: [30, undefined, 10, 20].map((rttMs) => ({ ...(rttMs !== undefined && { rttMs }) })),
    health: { linked: 4 },
  });
  fugitive.tell({ type: 'timelineUpdated', tracks: 2, live: true });
  fugitive.tell({ type: 'stalled', positionMs: 5_000 });
  fugitive.tell(delivered(0, 500_000));
  fugitive.tell(delivered(0, 60_000));
  beacon.flush();
  assert.deepEqual(sent.slice(), [{
    v: 1, sid: 's', cid: 'film', sf: 'd', st: 'l', br: 1_000, bl: 12_300, bs: true,
    'com.fugitive-state': 'running', 'com.fugitive-origin': 150, 'com.fugitive-seeder': 200, 'com.fugitive-peer': 700,
    'com.fugitive-stored': 0,
    'com.fugitive-up': 4, 'com.fugitive-offload': 0.857, 'com.fugitive-links': 4, 'com.fugitive-rtt': 20,
    'com.fugitive-fallbacks': { late: 2 }, 'com.fugitive-stalls': 1, 'com.fugitive-stalled': 900,
  }]);
  fugitive.tell(delivered(4_000, 60_000));
  beacon.flush();
  const second = sent.at(-1);
  assert.equal(sent.length, 2);
  assert.equal(second?.br, 120, 'another rung is told');
  assert.equal('bs' in (second ?? {}), false, 'a stall is told once');
});

test('says_nothing_of_the_title_before', (t) => {
  const { fugitive, beacon, sent } = start(t, {});
  const report = () => {
    beacon.flush();
    const { st, br, bs } = sent.at(-1) ?? {} as BeaconSummary;
    return { st, br, bs };
  };
  const played = (bytes: number, stalls: number) => Object.assign(fugitive.now, { plain: { requests: 1, bytes }, stalls });
  fugitive.now.format = 'dash';
  played(1_000, 2);
  fugitive.tell({ type: 'timelineUpdated', tracks: 2, live: true });
  fugitive.tell({ type: 'stalled', positionMs: 5_000 });
  fugitive.tell(delivered(0, 500_000));
  assert.deepEqual(report(), { st: 'l', br: 1_000, bs: true });

  fugitive.tell({ type: 'stalled', positionMs: 6_000 });
  played(0, 0);
  assert.deepEqual(report(), { st: undefined, br: undefined, bs: undefined }, 'its engine is not ready');
  played(500, 1);
  fugitive.tell({ type: 'stalled', positionMs: 0 });
  fugitive.tell({ type: 'engineReady' });
  fugitive.tell({ type: 'timelineUpdated', tracks: 2, live: false });
  assert.deepEqual(report(), { st: 'v', br: undefined, bs: true }, 'fewer stalls than of the title before');

  fugitive.tell(delivered(0, 500_000));
  fugitive.tell({ type: 'engineReady' });
  assert.deepEqual(report(), { st: undefined, br: undefined, bs: undefined });

  fugitive.tell({ type: 'engineReady' });
  fugitive.tell({ type: 'timelineUpdated', tracks: 2, live: true });
  played(100, 0);
  assert.equal(report().st, 'l', 'the engine was ready before the report');
});

test('says_that_nothing_was_played_yet', (t) => {
  const { fugitive, beacon, sent } = start(t, {});
  fugitive.now.format = 'hls';
  beacon.flush();
  const [{ su, sf, br, st, sid } = {} as BeaconSummary] = sent;
  assert.deepEqual([su, sf, br, st], [true, 'h', undefined, undefined]);
  assert.match(sid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('says_nothing_of_playback_where_files_are_shared', (t) => {
  const { fugitive, beacon, sent } = start(t, {});
  Object.assign(fugitive.now, { format: 'resources', delivered: { origin: 1, seeder: 0, peer: 2, stored: 0 } });
  beacon.flush();
  const [summary] = sent;
  assert.deepEqual(['sf', 'su', 'bl', 'bs', 'st', 'br'].filter((key) => key in (summary ?? {})), []);
  assert.equal(summary?.['com.fugitive-peer'], 2);
});

test('is_sent_at_its_interval_when_the_page_goes_and_at_the_end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { fugitive, beacon, posted, world } = start(t, { everyMs: 5_000, url: '/beacon' });
  fugitive.now.format = 'dash';
  t.mock.timers.tick(15_000);
  assert.equal(posted.length, 3);
  world.dispatchEvent(new Event('pagehide'));
  assert.equal(posted.length, 4);
  beacon.stop();
  beacon.stop();
  world.dispatchEvent(new Event('pagehide'));
  t.mock.timers.tick(60_000);
  beacon.flush();
  assert.equal(posted.length, 5, 'one at the stop, none after it');
  assert.deepEqual(posted.map(({ url }) => url), Array(5).fill('/beacon'));
  assert.equal((JSON.parse(posted[0]?.body ?? '') as BeaconSummary)['com.fugitive-links'], 0);
  assert.equal(fugitive.listening(), 0);
});

test('is_sent_once_each_time_that_the_page_is_hidden_gone_or_both', (t) => {
  const { fugitive, posted, world } = start(t, { url: '/beacon' });
  fugitive.now.format = 'dash';
  const turn = (to: DocumentVisibilityState) => {
    world.document.visibilityState = to;
    world.document.dispatchEvent(new Event('visibilitychange'));
  };
  turn('hidden');
  assert.equal(posted.length, 1, 'a phone may end it now');
  world.dispatchEvent(new Event('pagehide'));
  assert.equal(posted.length, 1);
  turn('visible');
  assert.equal(posted.length, 1);
  world.dispatchEvent(new Event('pagehide'));
  turn('hidden');
  assert.equal(posted.length, 2);
});

test('what_the_sites_own_code_throws_is_reported_and_goes_no_further', async (t) => {
  const failures: [string, Partial<BeaconOptions>][] = [
    ['throws', { send: () => { throw new Error('of the site'); } }],
    ['rejects', { send: () => Promise.reject(new Error('of the site')) }],
  ];
  for (const [name, options] of failures) {
    const { fugitive, beacon, reported } = start(t, options);
    fugitive.now.format = 'dash';
    beacon.flush();
    await turn();
    assert.deepEqual(reported.map(String), ['Error: of the site'], name);
  }
});

test('names_the_option_that_is_out_of_range', (t) => {
  const wrong: [string, object][] = [
    ['url', { send: undefined }], ['everyMs', { everyMs: 999 }], ['everyMs', { everyMs: Number.NaN }],
    ['cid', { cid: 'x'.repeat(65) }], ['sid', { sid: 'x'.repeat(65) }],
  ];
  for (const [option, options] of wrong) {
    assert.throws(() => start(t, options),
      (error) => error instanceof FugitiveOptionError && error.option === option, option);
  }
});

function delivered(startMs: number, bytes: number): FugitiveEvent {
  return { type: 'segmentDelivered', label: '', key: '', startMs, durationMs: 4_000, bytes, source: 'peer' };
}

function start(t: TestContext, options: Partial<BeaconOptions>) {
  const sent: BeaconSummary[] = [];
  const posted: { url: unknown; body: string }[] = [];
  const reported: unknown[] = [];
  const fugitive = new FakeFugitive();
  const world = Object.assign(new EventTarget(), {
    document: Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState }),
    navigator: { sendBeacon: (url: unknown, body: string) => posted.push({ url, body }) > 0 },
    crypto,
    reportError: (error: unknown) => { reported.push(error); },
  });
  const beacon = beaconIn(world, fugitive, { send: (summary) => { sent.push(summary); }, ...options });
  t.after(() => beacon.stop());
  return { fugitive, beacon, sent, posted, reported, world };
}

/** A Fugitive whose counters are as a test sets them. */
class FakeFugitive {
  readonly now: FugitiveStats = {
    ...emptyStats(), state: 'idle', plain: { requests: 0, bytes: 0 }, stalls: 0, stalledMs: 0, positionMs: 0,
    bufferedMs: 0, format: undefined, uploads: 'on', offload: { total: 0, seeder: 0, stored: 0, peers: 0 }, fallbacks: {}, links: [],
    health: { linked: 0, target: 8, onTime: 1, signaling: 'connecting' },
  };
  readonly #listeners = new Listeners();
  #count = 0;

  listening(): number { return this.#count; }
  stats(): FugitiveStats { return this.now; }
  tell(event: FugitiveEvent): void { this.#listeners.emit(event); }
  on(type: string, listener: (event: never) => void): void {
    this.#count += 1;
    this.#listeners.add(type, listener as () => void);
  }
  off(type: string, listener: (event: never) => void): void {
    this.#count -= 1;
    this.#listeners.remove(type, listener as () => void);
  }
}
