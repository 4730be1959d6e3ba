// A session's start: what is told to an engine that begins after its title did, and whose requests are whose until then.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { checkOptions } from '../check.js';
import type { DeclinedReason } from '../figures.js';
import type { FugitiveOptions } from '../options.js';
import type { Answer } from '../page/engine.js';
import { Session } from '../page/session.js';
import { FakeWorker } from './fake-worker.js';
import { turn } from './turn.js';

const MPD = 'https://cdn.example/film.mpd';
const WISH = { url: 'https://cdn.example/0.m4s' };

test('starts_no_worker_before_the_first_frame_and_shares_nothing_before_it_runs', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  const states: string[] = [];
  session.on('stateChanged', ({ to }) => states.push(to));
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  session.fetchedPlainly(1_000);
  await turn();
  assert.deepEqual([FakeWorker.made.length, session.asks(WISH), session.stats().state], [0, false, 'waiting']);

  page.showFrame();
  await turn();
  assert.deepEqual([FakeWorker.made.length, session.asks(WISH), session.stats().state], [1, false, 'starting']);
  FakeWorker.last.say({ type: 'ready', channels: 'yes' });
  assert.deepEqual([session.asks(WISH), session.stats().state], [true, 'running']);
  assert.deepEqual(session.stats().plain, { requests: 1, bytes: 1_000 }, 'what came before counts');
  assert.deepEqual(session.stats().fallbacks, { waiting: 1, starting: 1 }, 'and so does why');
  assert.deepEqual(states, ['waiting', 'starting', 'running']);
});

test('asks_an_engine_that_is_yet_to_begin_or_to_load_where_there_is_more_to_play_than_that_may_take', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  const table = [[0, false], [7.9, false], [8, true], [30, true]] as const;
  page.buffer(30);
  assert.equal(session.asks(WISH), false, 'there is no title');
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  for (const [seconds, shares] of table) {
    page.buffer(seconds);
    assert.equal(session.asks(WISH), shares, `${seconds} s, before the first frame`);
  }
  page.video.playbackRate = 4;
  assert.equal(session.asks(WISH), false, '30 s are over in 7.5');
  page.video.playbackRate = 1;
  const answers: Answer[] = [];
  const ask = (name: string) => session.demand({ url: `https://cdn.example/${name}` }, undefined, (answer) => { answers.push(answer); });
  ask('1.m4s');
  ask('2.m4s')();
  const takeBack = ask('3.m4s');

  page.showFrame();
  await turn();
  assert.deepEqual(FakeWorker.last.inputs('demand').map(({ url }) => url), ['https://cdn.example/1.m4s', 'https://cdn.example/3.m4s']);
  for (const [seconds, shares] of table) {
    page.buffer(seconds);
    assert.equal(session.asks(WISH), shares, `${seconds} s, while the engine loads`);
  }
  takeBack();
  t.mock.timers.tick(1_999);
  assert.deepEqual(answers, []);
  t.mock.timers.tick(1);
  await turn();
  assert.deepEqual(answers, [{ type: 'declined', reason: 'starting' }], 'then it is fetched after all');
  assert.equal(session.asks(WISH), false, 'nothing is asked of an engine that did not come');
  FakeWorker.last.say({ type: 'ready', channels: 'yes' });
  assert.equal(session.asks(WISH), true, 'until it does');
});

test('leaves_to_the_player_what_was_asked_of_an_engine_that_does_not_begin', async (t) => {
  const page = new FakePage(t);
  const endings: [string, DeclinedReason, (session: Session) => void][] = [
    ['no frame within 2 s', 'waiting', () => t.mock.timers.tick(2_000)],
    ['a pause', 'paused', (session) => session.pause()],
    ['the end of the title', 'engineGone', (session) => session.titleClosed()],
  ];
  for (const [what, reason, end] of endings) {
    const session = page.session();
    session.manifestLoaded(manifest(MPD, '<MPD/>'));
    // The app ends it all when it hears of the first.
    session.on('declined', () => session.destroy());
    const answers: Answer[] = [];
    for (const name of ['1.m4s', '2.m4s']) {
      session.demand({ url: `https://cdn.example/${name}` }, undefined, (answer) => { answers.push(answer); });
    }
    end(session);
    assert.equal(answers.length, 2, `${what}: each is answered once`);
    assert.ok(answers.some((answer) => answer.type === 'declined' && answer.reason === reason), what);
  }
});

test('an_app_that_throws_for_one_answer_keeps_no_other_from_coming', async (t) => {
  const thrown: unknown[] = [];
  const before = globalThis.reportError;
  globalThis.reportError = (error) => { thrown.push(error); };
  t.after(() => { globalThis.reportError = before; });
  const page = new FakePage(t);
  const session = page.session({ start: 'atOnce' });
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  await turn();
  const answers: Answer[] = [];
  session.demand({ url: 'https://cdn.example/1.m4s' }, undefined, () => { throw new Error('of the app'); });
  session.demand({ url: 'https://cdn.example/2.m4s' }, undefined, (answer) => { answers.push(answer); });
  FakeWorker.last.say({ type: 'failed', reason: 'the wasm trapped' });
  assert.deepEqual(answers, [{ type: 'declined', reason: 'engineGone' }]);
  assert.deepEqual([thrown.map(String), session.stats().state], [['Error: of the app'], 'failed']);
});

test('tells_the_engine_the_newest_manifest_of_each_url_in_their_order', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  const [main, audio] = ['https://cdn.example/main.m3u8', 'https://cdn.example/audio.m3u8'];
  for (const [url, text] of [[main, '#EXTM3U 1'], [audio, '#EXTM3U a'], [main, '#EXTM3U 2']] as const) {
    session.manifestLoaded(manifest(url, text));
  }
  page.showFrame();
  await turn();
  assert.deepEqual(manifests(FakeWorker.last), [[main, '#EXTM3U 2'], [audio, '#EXTM3U a']]);
  const [first] = FakeWorker.last.told;
  assert.equal(first?.type === 'start' && `${first.format} ${first.config.swarm}`, 'hls cdn.example/main.m3u8');

  session.manifestLoaded(manifest(main, '#EXTM3U 3'));
  assert.deepEqual(manifests(FakeWorker.last).at(-1), [main, '#EXTM3U 3'], 'the engine reads along from then on');
});

test('tells_an_engine_that_begins_late_where_playback_stands', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  Object.assign(page.video, { currentTime: 7, paused: true, readyState: 4 });
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  t.mock.timers.tick(500);
  page.showFrame();
  await turn();
  const told = FakeWorker.last.told.flatMap((message) => (message.type === 'input' ? [message.input] : []));
  assert.ok(told.some((input) => input.type === 'playback' && input.positionMs === 7_000 && input.state === 'paused'));
});

test('tells_the_point_of_presence_of_responses_that_came_before', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  session.responded({ 'x-amz-cf-pop': 'FRA56-P3' });
  session.responded({ 'x-amz-cf-pop': 'AMS1-C1' });
  page.showFrame();
  await turn();
  FakeWorker.last.say({ type: 'admissionWanted' });
  await turn();
  const [admission] = FakeWorker.last.told.flatMap((message) => (message.type === 'admission' ? [message.admission] : []));
  assert.equal(admission?.hints.pop, 'FRA');
});

test('asks_the_viewer_for_a_position_once_for_all_titles', async (t) => {
  const page = new FakePage(t);
  let asked = 0;
  const geolocation = { getCurrentPosition: (_: unknown, refused: () => void) => { asked += 1; refused(); } };
  Object.assign(navigator, { geolocation });
  t.after(() => Object.assign(navigator, { geolocation: undefined }));
  const session = page.session({ start: 'atOnce', position: 'high' });
  for (const _ of ['first', 'second']) {
    session.manifestLoaded(manifest(MPD, '<MPD/>'));
    await turn();
    FakeWorker.last.say({ type: 'admissionWanted' });
    await turn();
    session.titleClosed();
  }
  assert.equal(asked, 1);
});

test('starts_at_once_where_the_app_asks_for_it', async (t) => {
  const page = new FakePage(t);
  const session = page.session({ start: 'atOnce' });
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  await turn();
  assert.deepEqual([FakeWorker.made.length, session.asks(WISH), session.stats().state], [1, true, 'starting']);
  assert.deepEqual(manifests(FakeWorker.last), [[MPD, '<MPD/>']]);
});

test('has_the_worker_keep_as_much_as_its_device_can_spare', async (t) => {
  const page = new FakePage(t);
  const digestKey = '07'.repeat(32);
  const started = async (mobile: boolean, options: Partial<FugitiveOptions>) => {
    Object.assign(navigator, { userAgentData: { mobile } });
    page.session({ start: 'atOnce', ...options }).manifestLoaded(manifest(MPD, '<MPD/>'));
    await turn();
    const [first] = FakeWorker.last.told;
    return first?.type === 'start' ? first.store : assert.fail('it was not started');
  };
  const title = 'cdn.example/film.mpd';
  assert.deepEqual(await started(false, { digestKey }), { title, maxBytes: 512 * 2 ** 20 });
  assert.deepEqual(await started(true, { digestKey }), { title, maxBytes: 128 * 2 ** 20 });
  assert.deepEqual(await started(true, { digestKey, store: { maxBytes: 2 ** 30 } }), { title, maxBytes: 2 ** 30 });
  assert.equal(await started(false, { digestKey, store: false }), undefined);
  // What an old key's owner signed is found while the old key counts, whichever is first.
  for (const keys of [[digestKey, '08'.repeat(32)], ['08'.repeat(32), digestKey], '08'.repeat(32)]) {
    assert.deepEqual(await started(false, { digestKey: keys }), { title, maxBytes: 512 * 2 ** 20 });
  }
  assert.equal(await started(false, {}), undefined);
});

test('starts_no_engine_for_a_title_that_closed_before_its_first_frame', async (t) => {
  const page = new FakePage(t);
  const session = page.session();
  session.manifestLoaded(manifest(MPD, '<MPD/>'));
  session.titleClosed();
  page.showFrame();
  t.mock.timers.tick(60_000);
  await turn();
  assert.deepEqual([FakeWorker.made.length, session.stats().state], [0, 'idle']);
  session.manifestLoaded(manifest(MPD, '<MPD two/>'));
  page.showFrame();
  await turn();
  assert.deepEqual(manifests(FakeWorker.last), [[MPD, '<MPD two/>']]);
});

/** What a session uses of a page, but for WebRTC. */
class FakePage {
  readonly video = Object.assign(new EventTarget(), {
    readyState: 0, videoWidth: 960, currentTime: 0, playbackRate: 1, paused: false, seeking: false, ended: false,
    buffered: { length: 1, start: () => 0, end: () => this.#bufferedS },
    requestVideoFrameCallback: (callback: () => void) => {
      this.#frames.push(callback);
      return this.#frames.length;
    },
    cancelVideoFrameCallback: (handle: number) => { this.#frames[handle - 1] = () => undefined; },
  });
  readonly #frames: (() => void)[] = [];
  #bufferedS = 0;

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
    FakeWorker.made.length = 0;
    const events = new EventTarget();
    // Some versions of Node have a navigator of their own, which cannot be assigned to.
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: '' }, configurable: true });
    Object.assign(globalThis, {
      HTMLMediaElement: { HAVE_CURRENT_DATA: 2, HAVE_FUTURE_DATA: 3 },
      Worker: FakeWorker,
      document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
    });
  }

  session(options: Partial<FugitiveOptions> = {}): Session {
    const checked = checkOptions({ signalingUrl: 'wss://signal.example/v1/ws', ...options }, MPD);
    return new Session(checked, () => this.video as unknown as HTMLVideoElement);
  }

  buffer(seconds: number): void {
    this.#bufferedS = seconds;
  }

  showFrame(): void {
    for (const show of this.#frames.splice(0)) show();
  }
}

/** Addresses and texts of the manifests that an engine was told. */
function manifests(worker: FakeWorker): [string, string][] {
  return worker.inputs('manifest').map(({ url, body }) => [url, new TextDecoder().decode(body)]);
}

function manifest(url: string, text: string) {
  return { asked: url, url, text };
}
