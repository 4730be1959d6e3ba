// The wasm class keeps to core.ts: options, inputs, outputs and counters cross as they are written there.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import type { Core, CoreConfig, CoreInput, CoreOutput } from '../core.js';
import { emptyStats } from '../page/tally.js';

type CoreClass = new (config: CoreConfig, seed: Uint8Array, nowMs: number) => Core;

const CONFIG: CoreConfig = { swarm: 'test', signalingUrl: 'wss://signal.example/v1/ws' };
const PEER = 'a'.repeat(32);
const MPD = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"><Period>
  <AdaptationSet mimeType="video/mp4"><SegmentTemplate media="$Number$.m4s" duration="2"/>
  <Representation id="v" bandwidth="1000000"/></AdaptationSet></Period></MPD>`;

let CoreOf: CoreClass;

before(async () => {
  const glue = (await import('../../wasm/fugitive_core.js' as string)) as { Core: CoreClass; initSync(source: object): void };
  glue.initSync({ module: await readFile(new URL('../../wasm/fugitive_dash.wasm', import.meta.url)) });
  CoreOf = glue.Core;
});

test('takes_every_option', () => {
  const all: Required<CoreConfig> = {
    ...CONFIG, digestKeys: new Uint8Array(128), trust: 'open', minTargetPeers: 1, maxTargetPeers: 2, storeBytes: 2 ** 20,
    prefetchWindowMs: 1_000, uploadPercent: 50, maxUploadBitsPerSecond: 1e6, auditsPerThousand: 5,
    rescueGuardMs: 500, peerPatienceMs: 5_000, fetchTimeoutMs: 5_000,
    sendWindow: 2 ** 16, signalingAtMax: 'leave', policy: {
      onCellular: 'on', onMetered: 'on', lowBatteryPercent: 10, whileHidden: 'on',
      mobile: { maxTargetPeers: 1, storeBytes: 2 ** 21, uploadPercent: 5, maxUploadBitsPerSecond: 1e6 },
    },
  };
  new CoreOf(all, new Uint8Array(32), 0).free();
  assert.throws(() => new CoreOf({ ...CONFIG, uploadPercent: 101 }, new Uint8Array(32), 0), /upload_percent/);
  assert.throws(() => new CoreOf({ ...CONFIG, maxUploadBitsPerSecond: 1 }, new Uint8Array(32), 0), /max_upload/);
  assert.throws(() => new CoreOf({ ...CONFIG, auditsPerThousand: 1_001 }, new Uint8Array(32), 0), /audits/);
  for (const [length, named] of [[0, /keys/], [31, /digestKeys/], [33, /digestKeys/], [160, /keys/]] as const) {
    assert.throws(() => new CoreOf({ ...CONFIG, digestKeys: new Uint8Array(length) }, new Uint8Array(32), 0), named);
  }
  assert.throws(() => new CoreOf({ ...CONFIG, trust: 'signed' as 'open' }, new Uint8Array(32), 0), /trust/);
});

test('counts_what_core_ts_lists', () => {
  const core = new CoreOf(CONFIG, new Uint8Array(32), 0);
  assert.deepEqual(Object.keys(core.stats()).sort(), Object.keys(emptyStats()).sort());
});

test('takes_every_input', () => {
  const core = new CoreOf(CONFIG, new Uint8Array(32), 0);
  const bytes = new Uint8Array([0]);
  // A segment's name as peers write it, at 5 of a track.
  const key = new Uint8Array([0x94, 0xc4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 0xc0]);
  const entry = { key, size: 10, root: new Uint8Array(28) };
  const inputs: { [T in CoreInput['type']]: Extract<CoreInput, { type: T }> } = {
    clock: { type: 'clock', unixMs: 1.7e12 },
    manifest: { type: 'manifest', url: 'https://o.example/m.mpd', body: new TextEncoder().encode(MPD) },
    demand: {
      type: 'demand', id: 1, url: 'https://o.example/1.m4s', range: { first: 0, last: 1 },
      position: { representation: 'v', kind: 'media', startMs: 0 },
    },
    demandCancelled: { type: 'demandCancelled', id: 1 },
    playback: { type: 'playback', positionMs: 0, bufferedMs: 0, state: 'stalled' },
    seeked: { type: 'seeked', positionMs: 1 },
    device: { type: 'device', device: {
      battery: { levelPercent: 5, charging: 'no' }, network: 'cellular', metered: 'yes', visibility: 'hidden', class: 'mobile',
      consent: 'off',
    } },
    socketOpened: { type: 'socketOpened' },
    socketMessage: { type: 'socketMessage', text: '{}' },
    socketClosed: { type: 'socketClosed' },
    token: { type: 'token', token: 'e30.e30.c2ln' },
    hints: { type: 'hints', pop: 'FRA', zone: 'Europe/Berlin', north: 105, east: -27 },
    measured: { type: 'measured', peer: PEER, rttMs: 23 },
    localDescription: { type: 'localDescription', peer: PEER, sdp: 'v=0' },
    localCandidate: { type: 'localCandidate', peer: PEER, candidate: { candidate: '', sdpMid: '0', sdpMLineIndex: 0 } },
    peerConnected: { type: 'peerConnected', peer: PEER },
    peerMessage: { type: 'peerMessage', peer: PEER, bytes },
    peerBuffered: { type: 'peerBuffered', peer: PEER, buffered: 0 },
    peerClosed: { type: 'peerClosed', peer: PEER },
    fetchStarted: { type: 'fetchStarted', fetch: 99, partial: true, length: 1, total: 9 },
    fetchChunk: { type: 'fetchChunk', fetch: 99, bytes },
    fetchFinished: { type: 'fetchFinished', fetch: 99 },
    fetchFailed: { type: 'fetchFailed', fetch: 99, error: { status: 500 } },
    signatureChecked: { type: 'signatureChecked', check: 99, valid: true },
    shelfOpening: { type: 'shelfOpening' },
    shelfDigests: { type: 'shelfDigests', batches: [{ key: new Uint8Array(64), bytes }, { key: bytes, bytes: undefined }] },
    shelfOpened: { type: 'shelfOpened', entries: [entry, { ...entry, key: bytes }, { ...entry, root: bytes }] },
    shelved: { type: 'shelved', ...entry },
    unshelvable: { type: 'unshelvable', ...entry },
    unshelved: { type: 'unshelved', key: entry.key, bytes },
    unreadable: { type: 'unreadable', key: entry.key },
    dropped: { type: 'dropped', keys: [{ key: bytes }] },
    leave: { type: 'leave' },
    join: { type: 'join' },
  };
  for (const input of Object.values(inputs)) core.handle(1, input);
  assert.equal(core.stats().shelvedBytes, 10, 'of what a store says it holds only what makes sense counts');
  const changed = drain(core).find((output) => output.type === 'event' && output.event.type === 'policyChanged');
  assert.ok(changed?.type === 'event' && changed.event.type === 'policyChanged');
  assert.deepEqual(changed.event.reasons, ['noConsent', 'cellular', 'metered', 'lowBattery', 'hiddenPage', 'mobile']);
  assert.deepEqual([changed.event.uploads, changed.event.prefetch, changed.event.limits.maxTargetPeers], ['off', 'off', 8]);
});

test('joins_with_token_and_hints_and_tells_what_the_welcome_says', () => {
  const core = new CoreOf(CONFIG, new Uint8Array(32), 0);
  core.handle(0, { type: 'token', token: 'e30' });
  core.handle(0, { type: 'hints', pop: 'FRA', zone: 'Europe/Berlin', north: 105, east: -27 });
  core.handle(0, { type: 'socketOpened' });
  const join = drain(core).find((output) => output.type === 'sendSocket');
  assert.ok(join?.type === 'sendSocket');
  const { token, hints } = JSON.parse(join.text) as { token: string; hints: object };
  assert.deepEqual({ token, hints }, { token: 'e30', hints: { pop: 'FRA', zone: 'Europe/Berlin', cell: [105, -27] } });
  const signer = '0a'.repeat(32);
  const welcome = { type: 'welcome', peer: PEER, pingIntervalMs: 25_000, iceServers: [], signer, policy: { relayOnly: true } };
  core.handle(1, { type: 'socketMessage', text: JSON.stringify(welcome) });
  const joined = drain(core).find((output) => output.type === 'event');
  assert.deepEqual(joined, { type: 'event', event: { type: 'signalingJoined', peer: PEER, signer, relayOnly: true } });
});

test('ends_its_links_when_it_is_switched_off_fetches_over_http_and_joins_again_by_itself', () => {
  const core = new CoreOf(CONFIG, new Uint8Array(32), 0);
  core.handle(0, { type: 'clock', unixMs: 1.7e12 });
  core.handle(0, { type: 'manifest', url: 'https://o.example/m.mpd', body: new TextEncoder().encode(MPD) });
  const say = (message: object, nowMs = 1) => {
    core.handle(nowMs, { type: 'socketMessage', text: JSON.stringify(message) });
    return drain(core);
  };
  const welcome = { type: 'welcome', peer: 'b'.repeat(32), pingIntervalMs: 25_000, iceServers: [] };
  core.handle(0, { type: 'socketOpened' });
  const first = joinOf(drain(core));
  say(welcome);
  const offered = say({ type: 'paired', peer: PEER, offer: true });
  assert.ok(offered.some(({ type }) => type === 'createOffer'), 'a link begins');
  core.handle(2, { type: 'localDescription', peer: PEER, sdp: 'v=0' });
  say({ type: 'signal', from: PEER, signal: { kind: 'answer', sdp: 'v=0' } }, 3);
  core.handle(4, { type: 'peerConnected', peer: PEER });
  drain(core);

  const off = say({ type: 'goAway', retryInMs: 300_000, reason: 'switchedOff' }, 5);
  assert.deepEqual(off.filter(({ type }) => type === 'closeSocket' || type === 'disconnect'),
    [{ type: 'closeSocket' }, { type: 'disconnect', peer: PEER, reason: 'unresponsive' }]);
  assert.ok(off.some((output) => output.type === 'event' && output.event.type === 'switchedOff'
    && output.event.retryInMs === 300_000));
  core.handle(6, { type: 'demand', id: 7, url: 'https://o.example/1.m4s' });
  core.handleTimeout(5_000);
  assert.ok(drain(core).some((output) => output.type === 'fetch' && output.url === 'https://o.example/1.m4s'));

  core.handleTimeout(300_004);
  assert.ok(drain(core).every(({ type }) => type !== 'openSocket'), 'it stays away as long as it was told');
  core.handleTimeout(300_005);
  assert.ok(drain(core).some(({ type }) => type === 'openSocket'));
  core.handle(300_006, { type: 'socketOpened' });
  assert.deepEqual(joinOf(drain(core)), first, 'with the same lot');
  const back = say(welcome, 300_007);
  assert.ok(back.some((output) => output.type === 'event' && output.event.type === 'signalingJoined'));
  assert.ok(say({ type: 'paired', peer: PEER, offer: true }, 300_008).some(({ type }) => type === 'createOffer'));
});

test('delivers_a_segment_in_one_buffer_of_its_own', () => {
  const core = new CoreOf(CONFIG, new Uint8Array(32), 0);
  core.handle(0, { type: 'clock', unixMs: 1.7e12 });
  core.handle(0, { type: 'manifest', url: 'https://o.example/m.mpd', body: new TextEncoder().encode(MPD) });
  core.handle(0, { type: 'demand', id: 7, url: 'https://o.example/1.m4s' });
  const fetch = drain(core).find((output) => output.type === 'fetch');
  assert.ok(fetch?.type === 'fetch');
  assert.equal(fetch.url, 'https://o.example/1.m4s');
  const body = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251);
  core.handle(10, { type: 'fetchStarted', fetch: fetch.id, partial: false });
  core.handle(500, { type: 'fetchChunk', fetch: fetch.id, bytes: body });
  core.handle(800, { type: 'fetchFinished', fetch: fetch.id });
  const delivered = drain(core).find((output) => output.type === 'deliver');
  assert.ok(delivered?.type === 'deliver');
  assert.deepEqual(delivered.bytes, body);
  assert.equal(delivered.bytes.buffer.byteLength, body.length, 'no more than the segment is handed over');
  assert.deepEqual(delivered.sources, { origin: 100_000, seeder: 0, peer: 0, stored: 0 });
  // 7 tenths of 100 kB in the 790 ms from the response's head to its end.
  assert.equal(delivered.rate, 708_855);
});

function joinOf(outputs: CoreOutput[]): unknown {
  const join = outputs.find((output) => output.type === 'sendSocket');
  assert.ok(join?.type === 'sendSocket');
  const message = JSON.parse(join.text) as { type: string; lot: number };
  assert.deepEqual([message.type, Number.isInteger(message.lot)], ['join', true]);
  return message;
}

function drain(core: Core): CoreOutput[] {
  const outputs: CoreOutput[] = [];
  for (let output = core.poll(); output !== undefined; output = core.poll()) outputs.push(output);
  return outputs;
}
