// Checks the app's options, and turns them into what the engine is told.

import type { Allowance, CoreConfig, CorePolicy, DeviceLimits } from './core.js';
import { fromBase64 } from './encoding.js';
import { FugitiveOptionError } from './errors.js';
import type { EngineOptions, FugitiveOptions, PolicyOptions } from './options.js';
import type { Format } from './page/format.js';
import { absolute } from './page/url.js';

/** Options that were checked. */
export interface CheckedOptions {
  signalingUrl: string;
  swarm: FugitiveOptions['swarm'];
  token: FugitiveOptions['token'];
  position: FugitiveOptions['position'];
  start: 'firstFrame' | 'atOnce';
  channelTransfer: 'auto' | 'never';
  workerUrl: string | undefined;
  wasmUrls: Record<Format, string | undefined>;
  /** What may be kept beyond the page; `undefined` for nothing. */
  store: { maxBytes?: number | undefined } | undefined;
  /** What the viewer says of uploads at the start. */
  uploads: Allowance | 'ask';
  /** What the engine is told, but for the swarm, which waits for the manifest's URL. */
  engine: Omit<CoreConfig, 'swarm' | 'signalingUrl'> & { minTargetPeers: number };
}

const KIB = 1024;
const MIB = KIB * KIB;
const DEFAULT_MIN_PEERS = 8;
const DEFAULT_MAX_PEERS = 16;
/** As in segment-engine's `config`. */
const MAX_KEYS = 4;

/** Smallest and largest value of each; as in segment-engine's `Config`. */
const RANGES: Record<keyof EngineOptions, readonly [number, number]> = {
  minTargetPeers: [0, 1024],
  maxTargetPeers: [1, 1024],
  storeBytes: [MIB, 2 ** 44],
  prefetchWindowMs: [0, 300_000],
  uploadPercent: [1, 100],
  maxUploadBitsPerSecond: [1e5, 1e12],
  auditsPerThousand: [0, 1_000],
  rescueGuardMs: [100, 10_000],
  peerPatienceMs: [100, 30_000],
  fetchTimeoutMs: [1_000, 60_000],
  sendWindow: [32 * KIB, 4 * MIB],
};
const LIMITS: readonly (keyof DeviceLimits)[] = ['maxTargetPeers', 'storeBytes', 'uploadPercent', 'maxUploadBitsPerSecond'];
const ALLOWANCES = ['onCellular', 'onMetered', 'whileHidden'] as const;

/** Checks every option; `base` is what relative URLs are relative to. */
export function checkOptions(options: FugitiveOptions, base: string): CheckedOptions {
  const { swarm, token, position, trust, signalingAtMax, policy, channelTransfer = 'auto', start = 'firstFrame' } = options;
  if (swarm !== undefined && typeof swarm !== 'function') checkSwarm(swarm);
  if (typeof token !== 'function') checkToken(token);
  checkWord('position', position, ['high']);
  checkWord('start', start, ['firstFrame', 'atOnce']);
  checkWord('channelTransfer', channelTransfer, ['auto', 'never']);
  checkWord('trust', trust, ['quorum', 'open']);
  checkWord('signalingAtMax', signalingAtMax, ['stay', 'leave']);
  const engine = checkNumbers(options);
  if (trust !== undefined) engine.trust = trust;
  if (signalingAtMax !== undefined) engine.signalingAtMax = signalingAtMax;
  if (policy !== undefined) engine.policy = checkPolicy(policy);
  if (options.digestKey !== undefined) engine.digestKeys = readKeys(options.digestKey);
  return {
    signalingUrl: socketUrl(options.signalingUrl, base),
    swarm,
    token,
    position,
    start,
    channelTransfer,
    store: checkStore(options),
    uploads: policy?.uploads ?? 'on',
    workerUrl: checkUrl('workerUrl', options.workerUrl, base),
    wasmUrls: {
      dash: checkUrl('wasmUrls.dash', options.wasmUrls?.dash, base),
      hls: checkUrl('wasmUrls.hls', options.wasmUrls?.hls, base),
      resources: checkUrl('wasmUrls.resources', options.wasmUrls?.resources, base),
    },
    engine,
  };
}

/** The swarm's name for a title. */
export function swarmOf(swarm: FugitiveOptions['swarm'], manifestUrl: string): string {
  if (typeof swarm === 'string') return swarm;
  if (typeof swarm !== 'function') {
    // The address is each viewer's own: a swarm of one.
    if (manifestUrl.startsWith('blob:')) throw new FugitiveOptionError('swarm', 'given for a blob: manifest');
    return fit(titleOf(manifestUrl));
  }
  const name = swarm(manifestUrl);
  checkSwarm(name);
  return name;
}

/** Host and path of a URL: the same for every viewer of a title, whatever token is in the query. */
export function titleOf(manifestUrl: string): string {
  const { host, pathname } = new URL(manifestUrl);
  return host + pathname;
}

function checkSwarm(swarm: unknown): void {
  const bytes = typeof swarm === 'string' ? new TextEncoder().encode(swarm).length : 0;
  if (bytes < 1 || bytes > 128) throw new FugitiveOptionError('swarm', 'a name of 1 to 128 bytes');
}

/** Shortens a name to 128 bytes: its head, and a hash (FNV-1a, 64 bits) of the whole. */
function fit(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= 128) return name;
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  // URLs are ASCII once parsed: a character is a byte.
  return `${name.slice(0, 100)}~${hash.toString(16)}`;
}

function checkNumbers(options: EngineOptions): CheckedOptions['engine'] {
  const most = options.maxTargetPeers ?? DEFAULT_MAX_PEERS;
  const engine: CheckedOptions['engine'] = { minTargetPeers: Math.min(DEFAULT_MIN_PEERS, most) };
  for (const name of Object.keys(RANGES) as (keyof EngineOptions)[]) {
    const value = options[name];
    checkNumber(name, value, RANGES[name]);
    if (value !== undefined) engine[name] = value;
  }
  if (engine.minTargetPeers > most) {
    throw new FugitiveOptionError('minTargetPeers', `at most maxTargetPeers (${most})`);
  }
  return engine;
}

function checkPolicy(options: PolicyOptions): CorePolicy {
  if (Object(options) !== options) throw new FugitiveOptionError('policy', 'an object');
  const { uploads, ...policy } = options;
  checkWord('policy.uploads', uploads, ['on', 'off', 'ask']);
  for (const name of ALLOWANCES) checkWord(`policy.${name}`, policy[name], ['on', 'off']);
  checkNumber('policy.lowBatteryPercent', policy.lowBatteryPercent, [0, 100]);
  for (const name of LIMITS) checkNumber(`policy.mobile.${name}`, policy.mobile?.[name], RANGES[name]);
  // A copy: the app may go on to change its own.
  return structuredClone(policy);
}

function checkStore({ store, digestKey }: FugitiveOptions): CheckedOptions['store'] {
  if (store === false) return undefined;
  if (store !== undefined && (typeof store !== 'object' || digestKey === undefined)) {
    throw new FugitiveOptionError('store', 'false, or { maxBytes } beside a digestKey');
  }
  checkNumber('store.maxBytes', store?.maxBytes, RANGES.storeBytes);
  return digestKey === undefined ? undefined : { maxBytes: store?.maxBytes };
}

function checkToken(token: unknown): void {
  if (token === undefined || (typeof token === 'string' && /^[!-~]{1,2048}$/.test(token))) return;
  throw new FugitiveOptionError('token', '1 to 2048 printable characters, or a function');
}

function checkWord(option: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.includes(value as string)) return;
  throw new FugitiveOptionError(option, `'${words.join("' or '")}'`);
}

function checkNumber(option: string, value: unknown, [least, most]: readonly [number, number]): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
    throw new FugitiveOptionError(option, `a whole number from ${least} to ${most}`);
  }
}

function socketUrl(value: unknown, base: string): string {
  const address = typeof value === 'string' && value !== '' ? absolute(value, base) : undefined;
  if (address === undefined || !/^(http|ws)s?:/.test(address)) {
    throw new FugitiveOptionError('signalingUrl', 'a URL, as wss://example.org/v1/ws');
  }
  return address.replace(/^http/, 'ws').replace(/#.*/, '');
}

function checkUrl(option: string, value: string | URL | undefined, base: string): string | undefined {
  if (value === undefined) return undefined;
  const url = absolute(value, base);
  if (url === undefined) throw new FugitiveOptionError(option, 'a URL');
  return url;
}

function readKeys(given: NonNullable<FugitiveOptions['digestKey']>): Uint8Array {
  const keys = [given].flat().map((key) => typeof key === 'string' ? decode(key) : key);
  if (keys.length < 1 || keys.length > MAX_KEYS || keys.some((key) => !(key instanceof Uint8Array) || key.length !== 32)) {
    throw new FugitiveOptionError('digestKey', "the seeder's public key, or up to 4: 32 bytes, hex or base64url");
  }
  return Uint8Array.from(keys.flatMap((key) => [...key as Uint8Array]));
}

function decode(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (!/^[\w-]{43}=?$/.test(text)) return undefined;
  return fromBase64(text);
}
