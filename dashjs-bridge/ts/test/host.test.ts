// The Worker's host: order, re-entrancy, and what it tells the engine of sockets, fetches and failures.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Core, CoreInput, CoreOutput } from '../core.js';
import type { ToPage } from '../messages.js';
import { Addresses } from '../worker/addresses.js';
import { WorkerHost, type HostStore, type World } from '../worker/host.js';
import { emptyStats } from '../page/tally.js';

/** A channel of the first link that there is. */
const CHANNEL = { type: 'channel', peer: 'p', link: 1, readiness: 'opened' } as const;

test('drains_the_engine_before_it_acts', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  engine.answer('leave', [event('a'), { type: 'sendSocket', text: 'x' }, event('b')]);
  host.tell({ type: 'leave' });
  assert.deepEqual(engine.log.slice(-5), ['handle leave', 'poll', 'poll', 'poll', 'poll empty']);
  assert.deepEqual(log.map((message) => message.type), ['event', 'event']);
});

test('never_enters_the_engine_from_within_a_call_of_its_own', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  // A socket that is refused at once tells so while the outputs are still being carried out.
  engine.answer('leave', [{ type: 'openSocket', url: 'refused' }, event('after')]);
  let toldBefore = 0;
  engine.onHandle = ({ type }) => {
    if (type === 'socketClosed') toldBefore = log.filter((message) => message.type === 'event').length;
  };
  host.tell({ type: 'leave' });
  assert.equal(engine.inputs.at(-1)?.type, 'socketClosed');
  assert.equal(toldBefore, 1, 'what came later in the list was done first');
});

test('asks_the_page_what_to_tell_signaling_before_it_connects', (t) => {
  const engine = new ScriptedCore();
  const sockets: string[] = [];
  const { host, log } = start(t, engine, undefined, { WebSocket: recording(sockets) });
  engine.answer('leave', [{ type: 'openSocket', url: 'wss://signal.example/' }]);
  host.tell({ type: 'leave' });
  assert.deepEqual(log, [{ type: 'admissionWanted' }]);
  assert.deepEqual(sockets, []);
  const told = engine.inputs.length;
  host.admit({ token: 'e30', hints: { zone: 'Europe/Berlin' } });
  assert.deepEqual(engine.inputs.slice(told),
    [{ type: 'token', token: 'e30' }, { type: 'hints', zone: 'Europe/Berlin' }]);
  assert.deepEqual(sockets, ['wss://signal.example/']);
  host.admit({ hints: {} });
  assert.equal(sockets.length, 1, 'an answer opens one socket');
});

test('gives_a_connection_up_for_which_there_is_no_token', (t) => {
  const engine = new ScriptedCore();
  const sockets: string[] = [];
  const { host } = start(t, engine, undefined, { WebSocket: recording(sockets) });
  engine.answer('leave', [{ type: 'openSocket', url: 'wss://signal.example/' }]);
  host.tell({ type: 'leave' });
  host.admit(undefined);
  assert.equal(engine.inputs.at(-1)?.type, 'socketClosed');
  assert.deepEqual(sockets, []);
});

test('opens_no_socket_that_was_given_up_meanwhile', (t) => {
  const engine = new ScriptedCore();
  const sockets: string[] = [];
  const { host } = start(t, engine, undefined, { WebSocket: recording(sockets) });
  engine.answer('leave', [{ type: 'openSocket', url: 'wss://signal.example/' }, { type: 'closeSocket' }]);
  host.tell({ type: 'leave' });
  host.admit({ token: 'late', hints: {} });
  assert.deepEqual(sockets, []);
  assert.deepEqual(engine.inputs.slice(-2).map(({ type }) => type), ['token', 'hints'], 'it is for the next');
});

test('has_the_store_do_what_the_engine_wants_of_it_until_it_stops', (t) => {
  const engine = new ScriptedCore();
  const log: string[] = [];
  const { host } = start(t, engine, undefined, {}, {
    carryOut: ({ type }) => { log.push(type); },
    close: () => { log.push('closed'); },
  });
  const key = new Uint8Array([1]);
  engine.answer('clock', [
    { type: 'shelve', key, root: key, bytes: key }, { type: 'shelveDigests', key, bytes: key }, { type: 'unshelve', key },
    { type: 'discard', keys: [key] },
  ]);
  host.tell({ type: 'clock', unixMs: 0 });
  host.stop();
  assert.deepEqual(log, ['shelve', 'shelveDigests', 'unshelve', 'discard', 'closed']);
});

test('a_pause_closes_every_link_and_leaves_signaling', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  const links = ['p', 'q'].map((peer): CoreOutput => ({ type: 'createOffer', peer, iceServers: [] }));
  engine.answer('clock', [...links, { type: 'disconnect', peer: 'q', reason: 'full' }]);
  host.tell({ type: 'clock', unixMs: 0 });
  const channel = { readyState: 'connecting', closed: 0, close() { this.closed += 1; } };
  host.adopt({ ...CHANNEL, channel: channel as unknown as RTCDataChannel });
  log.length = 0;
  const told = engine.inputs.length;
  host.pause();
  assert.deepEqual(engine.inputs.slice(told), [{ type: 'leave' }, { type: 'peerClosed', peer: 'p' }]);
  assert.deepEqual(log, [{ type: 'link', link: 1, output: { type: 'disconnect', peer: 'p', reason: 'paused' } }]);
  assert.equal(channel.closed, 1);
});

test('signaling_that_is_wanted_in_a_pause_is_left_again_and_joined_after_it', (t) => {
  const engine = new ScriptedCore();
  const sockets: string[] = [];
  const { host, log } = start(t, engine, undefined, { WebSocket: recording(sockets) });
  host.pause();
  engine.answer('clock', [{ type: 'openSocket', url: 'wss://signal.example/' }]);
  host.tell({ type: 'clock', unixMs: 0 });
  assert.deepEqual([engine.inputs.at(-1)?.type, log], ['leave', []]);
  engine.answer('join', [{ type: 'openSocket', url: 'wss://signal.example/' }]);
  host.resume();
  assert.equal(engine.inputs.at(-1)?.type, 'join');
  assert.deepEqual(log, [{ type: 'admissionWanted' }]);
  host.admit({ hints: {} });
  assert.deepEqual(sockets, ['wss://signal.example/']);
});

test('streams_a_fetch_with_its_range_length_and_final_url', async (t) => {
  const engine = new ScriptedCore();
  const requests: [string, RequestInit | undefined][] = [];
  const { host } = start(t, engine, async (url, init) => {
    requests.push([String(url), init]);
    return new Response('hello', { status: 206, headers: { 'Content-Length': '5', 'Content-Range': 'bytes 2-6/90' } });
  });
  engine.answer('leave', [{ type: 'fetch', id: 7, url: 'http://o/s', range: { first: 2, last: 6 }, timeoutMs: 1000 }]);
  host.tell({ type: 'leave' });
  await engine.until('fetchFinished');
  assert.deepEqual(requests[0]?.[1]?.headers, { Range: 'bytes=2-6' });
  assert.deepEqual(engine.inputs.slice(-3), [
    { type: 'fetchStarted', fetch: 7, partial: true, length: 5, total: 90 },
    { type: 'fetchChunk', fetch: 7, bytes: new TextEncoder().encode('hello') },
    { type: 'fetchFinished', fetch: 7 },
  ]);
});

test('tells_a_status_a_broken_body_and_silence_apart', async (t) => {
  const cases: [string, () => Promise<Response>, unknown][] = [
    ['status', async () => new Response('', { status: 404 }), { status: 404 }],
    ['network', async () => Promise.reject(new TypeError('refused')), 'network'],
    ['broken', async () => new Response(new ReadableStream({ pull: (c) => c.error(new Error('cut')) })), 'network'],
    ['silent body', async () => new Response(new ReadableStream()), 'timeout'],
  ];
  for (const [name, respond, error] of cases) {
    const engine = new ScriptedCore();
    const { host } = start(t, engine, abortable(respond));
    engine.answer('leave', [{ type: 'fetch', id: 1, url: 'http://o/s', timeoutMs: 20 }]);
    host.tell({ type: 'leave' });
    assert.deepEqual(await engine.until('fetchFailed'), { type: 'fetchFailed', fetch: 1, error }, name);
  }
});

test('times_a_fetch_out_that_gets_no_headers', async (t) => {
  const engine = new ScriptedCore();
  const { host } = start(t, engine, abortable(() => new Promise(() => undefined)));
  engine.answer('leave', [{ type: 'fetch', id: 1, url: 'http://o/s', timeoutMs: 20 }]);
  host.tell({ type: 'leave' });
  assert.deepEqual(await engine.until('fetchFailed'), { type: 'fetchFailed', fetch: 1, error: 'timeout' });
});

test('tells_nothing_of_a_fetch_that_was_aborted', async (t) => {
  const engine = new ScriptedCore();
  const { host } = start(t, engine, abortable(() => new Promise(() => undefined)));
  engine.answer('leave', [{ type: 'fetch', id: 1, url: 'http://o/s', timeoutMs: 20 }, { type: 'abortFetch', fetch: 1 }]);
  host.tell({ type: 'leave' });
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(engine.inputs.some((input) => input.type.startsWith('fetch')), false);
});

test('a_connection_in_place_of_another_lets_its_channel_go_without_a_word', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  const channel = new EventTarget() as unknown as RTCDataChannel & { onclose: (() => void) | null };
  Object.assign(channel, { readyState: 'connecting', close: () => channel.onclose?.() });
  engine.answer('join', [{ type: 'createOffer', peer: 'p', iceServers: [] }]);
  host.tell({ type: 'join' });
  log.length = 0;
  host.adopt({ ...CHANNEL, channel });
  const told = engine.inputs.length;
  engine.answer('leave', [{ type: 'acceptOffer', peer: 'p', sdp: 'v=0', iceServers: [] }]);
  host.tell({ type: 'leave' });
  assert.deepEqual(log.map((message) => message.type === 'link' && message.output.type), ['acceptOffer']);
  assert.deepEqual(engine.inputs.slice(told).map(({ type }) => type), ['leave']);
});

test('a_channel_that_takes_its_time_to_close_has_its_own_link_closed_and_no_later_one', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  const offer: CoreOutput = { type: 'createOffer', peer: 'p', iceServers: [] };
  engine.answer('leave', [offer]);
  host.tell({ type: 'leave' });
  const channel = new EventTarget() as unknown as RTCDataChannel & { onclose: (() => void) | null };
  host.adopt({ ...CHANNEL, channel: Object.assign(channel, { readyState: 'connecting', close: () => undefined }) });
  engine.answer('join', [{ type: 'disconnect', peer: 'p', reason: 'unresponsive' }, offer]);
  host.tell({ type: 'join' });
  channel.onclose?.();
  assert.deepEqual(log.map((message) => message.type === 'link' && [message.output.type, message.link]),
    [['createOffer', 1], ['createOffer', 2], ['disconnect', 1]]);
});

test('takes_no_word_of_a_link_that_was_let_go_for_one_of_the_next', (t) => {
  const engine = new ScriptedCore();
  const { host } = start(t, engine);
  const offer: CoreOutput = { type: 'createOffer', peer: 'p', iceServers: [] };
  engine.answer('leave', [offer, { type: 'disconnect', peer: 'p', reason: 'full' }]);
  host.tell({ type: 'leave' });
  const told = engine.inputs.length;
  const words: CoreInput[] = [
    { type: 'peerConnected', peer: 'p' }, { type: 'peerMessage', peer: 'p', bytes: new Uint8Array(1) }, { type: 'peerClosed', peer: 'p' },
  ];
  for (const word of words) host.hear(word, 1);
  assert.deepEqual(engine.inputs.slice(told), []);
  engine.answer('join', [offer]);
  host.tell({ type: 'join' });
  for (const word of words) host.hear(word, 1);
  let closed = 0;
  host.adopt({ ...CHANNEL, channel: { close: () => { closed += 1; } } as unknown as RTCDataChannel });
  assert.equal(closed, 1, 'the channel of a link that went is of no use');
  for (const word of words) host.hear(word, 2);
  assert.deepEqual(engine.inputs.slice(told + 1).map(({ type }) => type), words.map(({ type }) => type));
});

test('asks_for_a_segment_at_the_players_url_and_tells_the_engine_nothing_of_it', async (t) => {
  const engine = new ScriptedCore();
  const asked: string[] = [];
  const { host } = start(t, engine, async (url) => {
    asked.push(String(url));
    const response = new Response('hello');
    Object.defineProperty(response, 'url', { value: url });
    return response;
  }, {}, undefined, new Addresses());
  engine.answer('demand', [{ type: 'fetch', id: 7, url: 'http://o/s', range: { first: 2, last: 6 }, demand: 1, timeoutMs: 1000 }]);
  host.tell({ type: 'demand', id: 1, url: 'http://cdn/s?token=x' });
  await engine.until('fetchFinished');
  assert.deepEqual(asked, ['http://cdn/s?token=x']);
  assert.deepEqual(engine.inputs.at(-3), { type: 'fetchStarted', fetch: 7, partial: false });
});

test('reports_a_panic_once_and_is_silent_after_it', (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine);
  engine.panics = true;
  host.tell({ type: 'leave' });
  host.tell({ type: 'leave' });
  assert.deepEqual(log, [{ type: 'failed', reason: 'unreachable' }]);
});

test('checks_signatures_with_the_platform', async (t) => {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']) as CryptoKeyPair;
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const message = new TextEncoder().encode('digests');
  const signature = new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, message));
  const altered = Uint8Array.from(message, (byte) => byte ^ 1);
  for (const [signed, valid] of [[message, true], [altered, false]] as const) {
    const engine = new ScriptedCore();
    const { host } = start(t, engine);
    engine.answer('leave', [{ type: 'checkSignature', check: 3, key, message: signed, signature }]);
    host.tell({ type: 'leave' });
    assert.deepEqual(await engine.until('signatureChecked'), { type: 'signatureChecked', check: 3, valid });
  }
});

test('tells_the_app_once_where_signatures_cannot_be_checked', async (t) => {
  const engine = new ScriptedCore();
  const { host, log } = start(t, engine, undefined, { subtle: undefined });
  const bytes = new Uint8Array(64);
  engine.answer('leave', [1, 2].map((check) =>
    ({ type: 'checkSignature', check, key: bytes, message: bytes, signature: bytes }) as const));
  host.tell({ type: 'leave' });
  await engine.until('signatureChecked', 2);
  assert.deepEqual(engine.inputs.slice(-2), [1, 2].map((check) => ({ type: 'signatureChecked', check })));
  assert.equal(log.filter((message) => message.type === 'event').length, 1);
});

function start(
  t: TestContext, core: ScriptedCore, fetchLike?: typeof fetch, differing: Partial<World> = {}, store?: HostStore, addresses?: Addresses,
) {
  const log: ToPage[] = [];
  const world: World = {
    post: (message) => {
      log.push(message);
      // Answered at once, which no page can: so that what follows comes from within a call.
      if (message.type === 'admissionWanted' && differing.WebSocket === undefined) host.admit({ hints: {} });
    },
    now: () => performance.now(),
    unixMs: () => Date.now(),
    fetch: fetchLike ?? (() => Promise.reject(new Error('no fetch is expected'))),
    WebSocket: class { constructor() { throw new Error('refused'); } } as unknown as typeof WebSocket,
    subtle: crypto.subtle,
    ...differing,
  };
  const host: WorkerHost = new WorkerHost(core, world, store, addresses);
  t.after(() => host.stop());
  log.length = 0;
  return { host, log };
}

/** A `WebSocket` that does nothing, and notes where it was to go. */
function recording(urls: string[]): typeof WebSocket {
  return class {
    constructor(url: string) { urls.push(url); }
    close(): void {}
  } as unknown as typeof WebSocket;
}

/** A fetch that ends when it is aborted, as the platform's does. */
function abortable(respond: () => Promise<Response>): typeof fetch {
  return (_, init) => Promise.race([respond().then((response) => cutBy(response, init?.signal)), aborted(init?.signal)]);
}

function cutBy(response: Response, signal: AbortSignal | null | undefined): Response {
  const reader = response.body?.getReader();
  const read = reader?.read.bind(reader);
  if (reader === undefined || read === undefined) return response;
  reader.read = (() => Promise.race([read(), aborted(signal)])) as typeof reader.read;
  Object.defineProperty(response, 'body', { value: { getReader: () => reader } });
  return response;
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
}

function event(reason: string): CoreOutput {
  return { type: 'event', event: { type: 'manifestRejected', reason } };
}

/** An engine that answers an input of a type with outputs that were laid down before. */
class ScriptedCore implements Core {
  readonly log: string[] = [];
  readonly inputs: CoreInput[] = [];
  panics = false;
  onHandle: (input: CoreInput) => void = () => undefined;
  readonly #answers = new Map<string, CoreOutput[]>();
  readonly #queue: CoreOutput[] = [];
  #onInput: (() => void) | undefined;

  answer(type: string, outputs: CoreOutput[]): void {
    this.#answers.set(type, outputs);
  }

  async until(type: CoreInput['type'], count = 1): Promise<CoreInput> {
    for (;;) {
      const found = this.inputs.filter((input) => input.type === type);
      const last = found[count - 1];
      if (last !== undefined) return last;
      await new Promise<void>((resolve) => { this.#onInput = resolve; });
    }
  }

  handle(_nowMs: number, input: CoreInput): void {
    if (this.panics) throw new Error('unreachable');
    this.onHandle(input);
    this.inputs.push(input);
    this.log.push(`handle ${input.type}`);
    this.#queue.push(...(this.#answers.get(input.type) ?? []));
    this.#answers.delete(input.type);
    this.#onInput?.();
  }

  poll(): CoreOutput | undefined {
    const output = this.#queue.shift();
    this.log.push(output === undefined ? 'poll empty' : 'poll');
    return output;
  }

  handleTimeout(): void {}
  pollTimeout(): undefined {}
  stats() { return emptyStats(); }
  free(): void {}
}
