// Shaka's contract for a scheme's plug-in, with segments answered from elsewhere.

import assert from 'node:assert/strict';
import { beforeEach, test, type TestContext } from 'node:test';
import type { UnaskedReason } from '../figures.js';
import type { FugitiveOptions } from '../options.js';
import type { Answer } from '../page/engine.js';
import type { Session } from '../page/session.js';
import type { ShakaContext, ShakaNamespace, ShakaOperation, ShakaRequest, ShakaResponse } from '../shaka/player.js';
import { Preloads } from '../shaka/preloads.js';
import { SchemePlugin } from '../shaka/scheme.js';
import { FakeSession } from './fake-session.js';

const URL_OF_SEGMENT = 'https://cdn.example/v/1.m4s';
const TYPES = { MANIFEST: 0, SEGMENT: 1, LICENSE: 2 };
const VIDEO: ShakaContext = { type: 1, stream: { type: 'video' } };

beforeEach(() => {
  Object.assign(globalThis, { document: { baseURI: 'https://page.example/' } });
});

test('answers_a_segment_with_the_time_of_the_rate_that_is_kept_up_or_as_if_from_a_cache', async () => {
  for (const [rate, timeMs, fromCache] of [[90_000, 80, false], [0, undefined, true]] as const) {
    const { session, ask } = plugin();
    const { promise } = ask({ headers: { Range: 'bytes=5-9' } });
    session.answer(delivered(900, rate));
    const response = await promise;
    assert.deepEqual([response.status, response.timeMs, response.fromCache], [206, timeMs, fromCache]);
    assert.deepEqual(session.wishes, [{ url: URL_OF_SEGMENT, range: { first: 5, last: 9 } }]);
    assert.equal(session.plainBytes, 0);
  }
});

test('gives_the_engine_longer_than_shaka_waits_for_a_first_byte_and_its_own_attempts_no_more_than_that', async () => {
  const { session, scheme, preloads, request } = plugin();
  const retryParameters = { timeout: 30_000, connectionTimeout: 10_000 };
  const asked = request({ retryParameters });
  scheme.own(asked, { session: session as unknown as Session, preloads, context: VIDEO, mayGrow: false });
  scheme.parse(URL_OF_SEGMENT, asked, TYPES.SEGMENT, undefined, () => undefined, {});
  assert.deepEqual(asked.retryParameters, { timeout: 30_000, connectionTimeout: 0 }, 'Shaka reads it at once');
  assert.deepEqual(session.patience, [30_000]);
  await Promise.resolve();
  assert.equal(asked.retryParameters, retryParameters);
});

test('leaves_to_shaka_what_the_engine_declines', async () => {
  const { session, own, ask } = plugin();
  const { promise } = ask();
  session.answer({ type: 'declined', reason: 'unknown' });
  own.succeed(new ArrayBuffer(7));
  assert.equal((await promise).data.byteLength, 7);
  assert.equal(session.plainBytes, 7);
  assert.equal(session.plainWishes[0], session.wishes[0], 'told as what the engine was asked for');
});

test('fails_as_shakas_own_request_does_and_in_no_other_way', async () => {
  const { session, own, ask } = plugin();
  const { promise } = ask();
  session.answer({ type: 'declined', reason: 'late' });
  own.fail(new Error('404'));
  await assert.rejects(promise, /404/);
});

test('what_the_engine_declines_has_as_long_for_its_first_progress_as_shaka_would_give_it', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const retryParameters = { timeout: 30_000, connectionTimeout: 10_000 };
  const declined = () => {
    const { session, own, ask } = plugin();
    const { promise, abort } = ask({ retryParameters });
    t.mock.timers.tick(20_000);
    session.answer({ type: 'declined', reason: 'late' });
    t.mock.timers.tick(9_999);
    return { own, promise, abort };
  };
  const hangs = declined();
  assert.equal(hangs.own.aborted, 0);
  t.mock.timers.tick(1);
  await assert.rejects(hangs.promise, { severity: 1, category: 1, code: 1003, data: [URL_OF_SEGMENT, TYPES.SEGMENT] });
  assert.equal(hangs.own.aborted, 1);

  const slow = declined();
  slow.own.progress(5, 1, 6);
  t.mock.timers.tick(60_000);
  slow.own.succeed(new ArrayBuffer(7));
  assert.equal((await slow.promise).data.byteLength, 7);
  assert.equal(slow.own.aborted, 0);

  const failed = declined();
  failed.own.fail(new Error('404'));
  await assert.rejects(failed.promise, /404/);
  t.mock.timers.tick(60_000);
  assert.equal(failed.own.aborted, 0);
});

test('aborts_what_the_engine_or_shaka_is_at', async () => {
  const waiting = plugin();
  const operation = waiting.ask();
  await operation.abort();
  await assert.rejects(operation.promise, { severity: 1, category: 7, code: 7001 });
  assert.equal(waiting.session.cancelled, 1);
  const declined = plugin();
  const plain = declined.ask();
  declined.session.answer({ type: 'declined', reason: 'unknown' });
  await plain.abort();
  assert.equal(declined.own.aborted, 1);
});

test('leaves_to_shaka_what_only_its_own_request_gets_right_and_says_why_of_segments', () => {
  const plain: [string, Partial<ShakaRequest>, ShakaContext, number, UnaskedReason?][] = [
    ['a licence', {}, VIDEO, TYPES.LICENSE], ['a thumbnail', {}, { stream: { type: 'image' } }, TYPES.SEGMENT],
    ['what grows', { streamDataCallback: () => undefined }, VIDEO, TYPES.SEGMENT, 'growing'],
    ['a header', { headers: { Authorization: 'x' } }, VIDEO, TYPES.SEGMENT, 'ownHeaders'],
    ['credentials', { allowCrossSiteCredentials: true }, VIDEO, TYPES.SEGMENT, 'ownHeaders'],
    ['an open range', { headers: { Range: 'bytes=0-' } }, VIDEO, TYPES.SEGMENT, 'range'],
    ['what is loaded ahead', {}, { ...VIDEO, isPreload: true }, TYPES.SEGMENT],
  ];
  for (const [name, change, context, type, reason] of plain) {
    const { session, own, ask } = plugin();
    ask(change, context, type);
    assert.deepEqual([session.wishes.length, own.asked], [0, 1], name);
    assert.deepEqual(session.unasked, reason === undefined ? [] : [reason], name);
  }
});

test('answers_what_shaka_would_take_piece_by_piece_at_once_where_it_does_not_grow', async () => {
  const { session, ask } = plugin();
  const { promise } = ask({ streamDataCallback: () => assert.fail('it is whole') }, VIDEO, TYPES.SEGMENT, false);
  session.answer(delivered(9, 0));
  assert.equal((await promise).data.byteLength, 9);
});

test('knows_whose_request_it_is_and_leaves_those_of_others_alone', () => {
  const { session, own, scheme, request } = plugin();
  scheme.parse(URL_OF_SEGMENT, request({}), TYPES.SEGMENT, undefined, () => undefined, {});
  assert.deepEqual([session.wishes.length, own.asked], [0, 1]);
});

test('passes_manifests_on_before_shaka_reads_them', async () => {
  const { session, own, ask } = plugin();
  const { promise } = ask({}, { type: 3 }, TYPES.MANIFEST);
  own.succeed(new TextEncoder().encode('#EXTM3U').buffer as ArrayBuffer, 'https://cdn.example/final.m3u8');
  await promise;
  assert.deepEqual(session.manifests, [{ asked: URL_OF_SEGMENT, url: 'https://cdn.example/final.m3u8', text: '#EXTM3U' }]);
  // A DASH stream's clock and the like are manifests to Shaka, too.
  const { promise: clock } = ask({}, {}, TYPES.MANIFEST);
  own.succeed(new ArrayBuffer(3));
  await clock;
  assert.equal(session.manifests.length, 1);
});

test('keeps_the_manifest_of_a_title_that_is_loaded_ahead_until_the_player_goes_over_to_it', async () => {
  const { preloads, ahead, told } = preloading();
  for (const name of ['one', 'two']) await ahead(name);
  assert.deepEqual(told(), [], 'another title plays');

  preloads.titleOpened('https://cdn.example/two?token=2');
  assert.deepEqual(told(), ['two']);
  await ahead('two', 'edge');
  await ahead('edge');
  await ahead('three');
  assert.deepEqual(told(), ['two', 'edge'], 'what Shaka calls loaded ahead are its updates');

  preloads.titleClosed();
  preloads.titleOpened('https://cdn.example/four');
  await ahead('four');
  assert.deepEqual(told(), ['four'], 'the player did not wait for it');

  for (const name of ['five', 'six', 'seven', 'one']) await ahead(name);
  for (const name of ['three', 'five', 'one']) preloads.titleOpened(`https://cdn.example/${name}`);
  assert.deepEqual(told(), ['five', 'one'], 'four are kept');
});

test('keeps_of_a_title_that_is_loaded_ahead_what_came_last_wherever_it_is_redirected_to', async () => {
  const { preloads, ahead, told } = preloading();
  await ahead('live', 'edge1?token=1', 'first');
  await ahead('edge1', 'edge2?token=1', 'second');
  await ahead('live', 'edge3?token=1', 'third');
  preloads.titleOpened('https://cdn.example/live');
  assert.deepEqual(told(), ['third']);
});

test('bounds_the_texts_of_a_title_that_is_loaded_ahead_and_lets_go_of_them_in_the_end', async () => {
  const { preloads, ahead, told } = preloading();
  const names = Array.from({ length: 70 }, (_, index) => `playlist${index}`);
  await ahead('first', 'first', `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${names.join('\n')}`);
  for (const name of names) await ahead(name);
  await ahead('other');
  preloads.titleOpened('https://cdn.example/first');
  assert.deepEqual(told().slice(1), names.slice(-63), 'the first and the latest');

  preloads.destroy();
  await ahead('another');
  for (const name of ['other', 'another']) preloads.titleOpened(`https://cdn.example/${name}`);
  assert.deepEqual(told(), []);
});

test('keeps_with_a_multivariant_playlist_those_that_it_names', async () => {
  const { preloads, ahead, told } = preloading();
  const master = (folder: string) => `#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="${folder}/audio"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${folder}/video\n`;
  const [a, b] = [master('a'), master('b')];
  await ahead('a.m3u8', 'a.m3u8', a);
  await ahead('b.m3u8', 'b.m3u8', b);
  for (const name of ['b/video', 'a/audio', 'a/video']) await ahead(name);
  preloads.titleOpened('https://cdn.example/a.m3u8');
  assert.deepEqual(told(), [a, 'a/audio', 'a/video']);
  for (const name of ['b/audio', 'a/video']) await ahead(name);
  assert.deepEqual(told(), ['a/video']);
  preloads.titleClosed();
  preloads.titleOpened('https://cdn.example/b.m3u8');
  assert.deepEqual(told(), [b, 'b/video', 'b/audio']);
});

test('tells_apart_the_titles_that_the_sites_function_does', async () => {
  const { preloads, ahead, told } = preloading((url) => `title-${new URL(url).searchParams.get('id')}`);
  for (const id of [7, 8]) await ahead(`play.mpd?id=${id}`, `edge.mpd?for=${id}`);
  preloads.titleOpened('https://cdn.example/play.mpd?id=7&token=2');
  assert.deepEqual(told(), ['play.mpd?id=7']);
  for (const name of ['play.mpd?id=9', 'play.mpd?id=8&token=3', 'edge.mpd?for=8']) await ahead(name);
  assert.deepEqual(told(), [], 'others are loaded ahead');
  for (const name of ['play.mpd?id=7&token=3', 'edge.mpd?for=7']) await ahead(name);
  assert.deepEqual(told(), ['play.mpd?id=7&token=3', 'edge.mpd?for=7']);
  for (const [id, manifests] of [[8, ['edge.mpd?for=8', 'play.mpd?id=8&token=3']], [9, ['play.mpd?id=9']]] as const) {
    preloads.titleClosed();
    preloads.titleOpened(`https://cdn.example/play.mpd?id=${id}`);
    assert.deepEqual(told(), manifests);
  }
});

test('tells_playlists_apart_by_their_query_where_two_titles_name_the_path', async () => {
  const { preloads, ahead, told } = preloading((url) => `title-${new URL(url).searchParams.get('id')}`);
  const master = (id: number) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvideo?of=${id}\n`;
  for (const id of [7, 8]) await ahead(`play.m3u8?id=${id}`, undefined, master(id));
  for (const name of ['video?of=8', 'video?of=7', 'video?of=8&token=1']) await ahead(name);
  preloads.titleOpened('https://cdn.example/play.m3u8?id=8');
  assert.deepEqual(told(), [master(8), 'video?of=8'], 'what may be of another title is not told');
});

test('a_function_that_fails_for_a_playlist_is_no_fault_of_its_title', async () => {
  const { preloads, ahead, told } = preloading((url) => {
    if (url.includes('video')) throw new Error('no manifest');
    return 'title';
  });
  const master = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvideo\n';
  await ahead('play.m3u8?id=7', undefined, master);
  await ahead('video');
  preloads.titleOpened('https://cdn.example/play.m3u8?id=7');
  assert.deepEqual(told(), [master, 'video']);
});

/** A player that loads titles ahead. */
function preloading(swarm?: FugitiveOptions['swarm']) {
  const { session, own, preloads, ask } = plugin(swarm);
  const ahead = async (name: string, final = name, text = name) => {
    const query = name.includes('?') ? '' : '?token=1';
    const { promise } = ask({}, { type: 4, isPreload: true }, TYPES.MANIFEST, true, `https://cdn.example/${name}${query}`);
    own.succeed(new TextEncoder().encode(text).buffer as ArrayBuffer, `https://cdn.example/${final}`);
    await promise;
  };
  const told = () => session.manifests.splice(0).map(({ text }) => text);
  return { preloads, ahead, told };
}

function delivered(size: number, rate: number): Answer {
  return { type: 'delivered', bytes: new ArrayBuffer(size), sources: { origin: 0, seeder: 0, peer: size, stored: 0 }, rate };
}

function plugin(swarm?: FugitiveOptions['swarm']) {
  const session = new FakeSession();
  const own = new OwnPlugin();
  const scheme = new SchemePlugin(namespace(own));
  const preloads = new Preloads(session, swarm);
  const request = (change: Partial<ShakaRequest>): ShakaRequest => ({
    method: 'GET', body: null, headers: {}, allowCrossSiteCredentials: false, retryParameters: { timeout: 0 },
    streamDataCallback: null, ...change,
  });
  const ask = (change: Partial<ShakaRequest> = {}, context = VIDEO, type = TYPES.SEGMENT, mayGrow = true, url = URL_OF_SEGMENT): ShakaOperation => {
    const asked = request(change);
    scheme.own(asked, { session: session as unknown as Session, preloads, context, mayGrow });
    return scheme.parse(url, asked, type, () => undefined, () => undefined, {});
  };
  return { session, own, scheme, preloads, request, ask };
}

/** Shaka's own plug-in, which ends a request when it is told to. */
class OwnPlugin {
  asked = 0;
  aborted = 0;
  succeed: (data: ArrayBuffer, uri?: string) => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  progress: (...progress: number[]) => void = () => undefined;

  readonly parse = (uri: string, request: ShakaRequest, _type: number, progressUpdated: unknown): ShakaOperation => {
    this.asked += 1;
    this.progress = progressUpdated as (...progress: number[]) => void;
    const promise = new Promise<ShakaResponse>((resolve, reject) => {
      this.succeed = (data, final = uri) => resolve({ uri: final, originalUri: uri, data, headers: {}, originalRequest: request });
      this.fail = reject;
    });
    return { promise, abort: async () => void (this.aborted += 1) };
  };
}

function namespace({ parse }: OwnPlugin): ShakaNamespace {
  class AbortableOperation {
    constructor(readonly promise: Promise<never>, readonly abort: () => Promise<never>) {}
  }
  class ShakaError {
    static readonly Severity = { RECOVERABLE: 1 };
    static readonly Category = { PLAYER: 7 };
    static readonly Code = { OPERATION_ABORTED: 7001 };
    readonly data: unknown[];
    constructor(readonly severity: number, readonly category: number, readonly code: number, ...data: unknown[]) {
      this.data = data;
    }
  }
  return {
    net: {
      NetworkingEngine: {
        registerScheme: () => undefined, PluginPriority: { APPLICATION: 3 }, RequestType: TYPES,
        AdvancedRequestType: { MPD: 4, MASTER_PLAYLIST: 3, MEDIA_PLAYLIST: 2 },
      },
      HttpFetchPlugin: { parse, isSupported: () => true },
      HttpXHRPlugin: { parse },
    },
    util: { AbortableOperation, Error: ShakaError },
  };
}
