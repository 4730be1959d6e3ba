// Options: what is refused, and what the engine is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOptions, swarmOf } from '../check.js';
import { FugitiveOptionError } from '../errors.js';
import type { FugitiveOptions } from '../options.js';

const PAGE = 'https://example.org/watch/';
const GOOD: FugitiveOptions = { signalingUrl: '/v1/ws' };

test('names_the_option_that_is_out_of_range', () => {
  const wrong: [keyof FugitiveOptions, unknown][] = [
    ['signalingUrl', ''], ['signalingUrl', 'ftp://example.org/'], ['signalingUrl', 'ws://['],
    ['swarm', ''], ['swarm', 'x'.repeat(129)], ['digestKey', 'abc'], ['digestKey', new Uint8Array(31)],
    ['digestKey', []], ['digestKey', ['07'.repeat(32), 'abc']], ['digestKey', Array(5).fill('07'.repeat(32))], ['digestKey', [7]],
    ['minTargetPeers', -1], ['minTargetPeers', 17], ['maxTargetPeers', 0], ['maxTargetPeers', 1.5],
    ['storeBytes', 1024], ['prefetchWindowMs', 300_001], ['uploadPercent', 101],
    ['maxUploadBitsPerSecond', 99_999], ['auditsPerThousand', 1_001], ['rescueGuardMs', 99],
    ['peerPatienceMs', 30_001], ['fetchTimeoutMs', 999], ['sendWindow', 1024],
    ['token', ''], ['token', 'two words'], ['token', 't'.repeat(2049)], ['token', 7], ['position', 'low'], ['position', true],
    ['start', 'soon'], ['channelTransfer', 'always'], ['trust', 'signed'], ['signalingAtMax', true], ['workerUrl', 'http://['],
  ];
  for (const [option, value] of wrong) {
    assert.throws(
      () => checkOptions({ ...GOOD, [option]: value } as FugitiveOptions, PAGE),
      (error) => error instanceof FugitiveOptionError && error.option === option && error.name === 'FugitiveOptionError',
      `${option} = ${String(value)}`,
    );
  }
});

test('names_the_wasm_whose_address_is_none', () => {
  for (const format of ['dash', 'hls', 'resources']) {
    assert.throws(() => checkOptions({ ...GOOD, wasmUrls: { [format]: 'http://[' } }, PAGE),
      (error) => error instanceof FugitiveOptionError && error.option === `wasmUrls.${format}`, format);
  }
  assert.equal(checkOptions({ ...GOOD, wasmUrls: { hls: '/engine.wasm' } }, PAGE).wasmUrls.hls, new URL('/engine.wasm', PAGE).href);
});

test('keeps_beyond_the_page_only_what_a_key_vouches_for', () => {
  const digestKey = new Uint8Array(32);
  const store = (options: Partial<FugitiveOptions>) => checkOptions({ ...GOOD, ...options }, PAGE).store;
  assert.deepEqual(store({ digestKey }), { maxBytes: undefined });
  assert.deepEqual(store({ digestKey, store: { maxBytes: 2 ** 20 } }), { maxBytes: 2 ** 20 });
  assert.equal(store({ digestKey, store: false }), undefined);
  assert.equal(store({ store: false }), undefined);
  assert.equal(store({}), undefined);
  const wrong: [string, object][] = [
    ['store', { store: {} }], ['store', { digestKey, store: true }], ['store.maxBytes', { digestKey, store: { maxBytes: 1 } }],
  ];
  for (const [option, options] of wrong) {
    assert.throws(() => store(options), (error) => error instanceof FugitiveOptionError && error.option === option, option);
  }
});

test('names_the_rule_of_the_policy_that_is_out_of_range', () => {
  const wrong: [string, unknown][] = [
    ['policy', null], ['policy', 'on'], ['policy.uploads', { uploads: true }], ['policy.onMetered', { onMetered: 'yes' }],
    ['policy.lowBatteryPercent', { lowBatteryPercent: 101 }], ['policy.mobile.uploadPercent', { mobile: { uploadPercent: 0 } }],
    ['policy.mobile.maxUploadBitsPerSecond', { mobile: { maxUploadBitsPerSecond: 1 } }],
  ];
  for (const [option, policy] of wrong) {
    assert.throws(() => checkOptions({ ...GOOD, policy } as FugitiveOptions, PAGE),
      (error) => error instanceof FugitiveOptionError && error.option === option, option);
  }
  const { uploads, engine } = checkOptions({ ...GOOD, policy: { uploads: 'ask', mobile: { maxTargetPeers: 4 } } }, PAGE);
  assert.deepEqual([uploads, engine.policy], ['ask', { mobile: { maxTargetPeers: 4 } }]);
  assert.equal(checkOptions(GOOD, PAGE).uploads, 'on');
});

test('accepts_both_ends_of_each_range', () => {
  for (const least of [true, false]) {
    checkOptions({
      ...GOOD, minTargetPeers: least ? 0 : 1024, maxTargetPeers: least ? 1 : 1024,
      storeBytes: least ? 2 ** 20 : 2 ** 44, prefetchWindowMs: least ? 0 : 300_000,
      uploadPercent: least ? 1 : 100, maxUploadBitsPerSecond: least ? 1e5 : 1e12, auditsPerThousand: least ? 0 : 1_000,
      rescueGuardMs: least ? 100 : 10_000, peerPatienceMs: least ? 100 : 30_000,
      trust: least ? 'quorum' : 'open', fetchTimeoutMs: least ? 1_000 : 60_000,
      sendWindow: least ? 32 * 1024 : 4 * 2 ** 20, swarm: 'x'.repeat(least ? 1 : 128),
    }, PAGE);
  }
});

test('looks_for_no_more_peers_than_it_may_have', () => {
  const table: [Partial<FugitiveOptions>, number][] = [
    [{}, 8], [{ maxTargetPeers: 4 }, 4], [{ maxTargetPeers: 30 }, 8], [{ minTargetPeers: 2, maxTargetPeers: 4 }, 2],
  ];
  for (const [options, expected] of table) {
    const { engine } = checkOptions({ ...GOOD, ...options }, PAGE);
    assert.equal(engine.minTargetPeers, expected, JSON.stringify(options));
  }
});

test('turns_an_address_of_signaling_into_a_socket_url', () => {
  const url = (signalingUrl: string) => checkOptions({ signalingUrl }, PAGE).signalingUrl;
  assert.equal(url('/v1/ws'), 'wss://example.org/v1/ws');
  assert.equal(url('http://localhost:1/v1/ws#x'), 'ws://localhost:1/v1/ws');
  assert.equal(url('wss://signal.example/v1/ws?token=1'), 'wss://signal.example/v1/ws?token=1');
  assert.equal(url('ws://http.example/http'), 'ws://http.example/http');
});

test('reads_a_key_as_bytes_hex_and_base64url', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
  const buffer = Buffer.from(bytes);
  for (const digestKey of [bytes, buffer.toString('hex'), buffer.toString('hex').toUpperCase(), buffer.toString('base64url')]) {
    assert.deepEqual(checkOptions({ ...GOOD, digestKey }, PAGE).engine.digestKeys, bytes);
    assert.deepEqual(checkOptions({ ...GOOD, digestKey: [digestKey] }, PAGE).engine.digestKeys, bytes);
  }
});

test('takes_several_keys_in_their_order', () => {
  const keys = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
  const digestKey = keys.map((key, index) => index % 2 === 0 ? key : Buffer.from(key).toString('hex'));
  const read = checkOptions({ ...GOOD, digestKey }, PAGE).engine.digestKeys;
  assert.deepEqual(read, Uint8Array.from(keys.flatMap((key) => [...key])));
  keys[0]?.fill(9);
  assert.equal(read?.[0], 1, 'the app may go on to change its own');
});

test('takes_a_token_or_a_function_that_gives_one', () => {
  const give = () => 'e30';
  for (const token of ['e30.e30.c2ln', 't'.repeat(2048), give]) {
    assert.equal(checkOptions({ ...GOOD, token, position: 'high' }, PAGE).token, token);
  }
});

test('names_a_swarm_by_host_and_path_alone', () => {
  assert.equal(swarmOf(undefined, 'https://cdn.example:8443/a/m.mpd?token=1#t'), 'cdn.example:8443/a/m.mpd');
  assert.equal(swarmOf('film', 'https://cdn.example/a/m.mpd'), 'film');
  assert.equal(swarmOf((url) => url.slice(-5), 'https://cdn.example/a/m.mpd'), 'm.mpd');
  assert.throws(() => swarmOf(() => '', 'https://cdn.example/'), FugitiveOptionError);
});

test('wants_a_swarm_for_a_manifest_whose_address_is_each_viewers_own', () => {
  const url = 'blob:https://example.org/6f9c1a52-60b1-4b0d-9d43-4f4bd8e6f2a1';
  assert.throws(() => swarmOf(undefined, url), (error) => error instanceof FugitiveOptionError && error.option === 'swarm');
  assert.equal(swarmOf(() => 'film', url), 'film');
});

/** `segment-engine/native/src/seeder/tests.rs` has the same addresses and names. */
test('shortens_a_long_title_to_a_swarm_of_its_own_as_the_seeder_does', () => {
  for (const [url, swarm] of [
    [`https://cdn.example:8443/${'film-2026/'.repeat(12)}manifest.mpd?token=1`, `cdn.example:8443/${'film-2026/'.repeat(8)}fil~4034b9b70d6860cc`],
    [`https://cdn.example/${'a'.repeat(116)}`, `cdn.example/${'a'.repeat(116)}`],
    [`https://cdn.example/${'a'.repeat(117)}`, `cdn.example/${'a'.repeat(88)}~1963e8d9ca3540e0`],
    [`https://cdn.example/${'ä'.repeat(30)}/m.mpd`, `cdn.example/${'%C3%A4'.repeat(14)}%C3%~2d65d6f14527f050`],
    // A hash's leading zeros are left out.
    [`https://cdn.example/94/${'a'.repeat(150)}`, `cdn.example/94/${'a'.repeat(85)}~efe1cbaebd47bb`],
  ] as const) {
    assert.equal(swarmOf(undefined, url), swarm);
  }
  const long = (last: string) => swarmOf(undefined, `https://cdn.example/${'a'.repeat(200)}/${last}`);
  assert.ok(new TextEncoder().encode(long('1')).length <= 128);
  assert.notEqual(long('1'), long('2'));
  assert.equal(long('1'), long('1'));
});
