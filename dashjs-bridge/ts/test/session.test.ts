// One player's Fugitive over its titles: consent, pauses, and what it counts, with a Worker of the test's own.

import assert from 'node:assert/strict';
import { before, beforeEach, test, type TestContext } from 'node:test';
import { checkOptions } from '../check.js';
import type { CoreEvent, CoreStats } from '../core.js';
import type { FugitiveEvent } from '../events.js';
import type { LinkFigures } from '../figures.js';
import type { PolicyOptions } from '../options.js';
import type { Answer } from '../page/engine.js';
import { Session } from '../page/session.js';
import { emptyStats } from '../page/tally.js';
import { FakeWorker } from './fake-worker.js';
import { turn } from './turn.js';

const MANIFEST = { asked: 'https://o.example/m.mpd', url: 'https://o.example/m.mpd', text: '<MPD/>' };
const OTHER = { asked: 'https://o.example/n.mpd', url: 'https://o.example/n.mpd', text: '<MPD/>' };
const WISH = { url: 'https://o.example/1.m4s' };
const VIEWER: CoreEvent = { type: 'peerJoined', peer: 'p', seeder: false };

before(() => {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const nothing = () => undefined;
  const page = { Worker: FakeWorker, document, addEventListener: nothing, removeEventListener: nothing };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Chrome/140' }, configurable: true });
});

beforeEach(() => { FakeWorker.made.length = 0; });

test('asks_once_when_the_first_viewer_is_linked_and_gives_nothing_until_it_is_answered', async (t) => {
  const { session, events, worker } = await playing(t, { uploads: 'ask' });
  assert.deepEqual([worker.inputs('device').at(-1)?.device.consent, session.stats().uploads], ['off', 'ask']);
  worker.say({ type: 'event', event: { ...VIEWER, seeder: true } });
  assert.equal(of(events, 'consentNeeded'), 0, 'a seeder wants nothing');
  for (const peer of ['p', 'q']) worker.say({ type: 'event', event: { ...VIEWER, peer } });
  assert.equal(of(events, 'consentNeeded'), 1);
  session.allowUploads('on');
  assert.deepEqual([worker.inputs('device').at(-1)?.device.consent, session.stats().uploads], ['on', 'on']);
  session.allowUploads('off');
  assert.equal(worker.inputs('device').at(-1)?.device.consent, 'off');
});

test('takes_whatever_is_not_yes_for_no', async (t) => {
  for (const answer of ['Off', false, undefined, 'ask'] as unknown[] as 'off'[]) {
    const { session, worker } = await playing(t, { uploads: 'on' });
    session.allowUploads(answer);
    assert.deepEqual([worker.inputs('device').at(-1)?.device.consent, session.stats().uploads], ['off', 'off']);
  }
});

test('an_answer_holds_for_later_titles_and_is_not_asked_for_again', async (t) => {
  const { session, events } = await playing(t, { uploads: 'ask' });
  session.allowUploads('on');
  session.titleClosed();
  session.manifestLoaded(OTHER);
  await turn();
  assert.equal(FakeWorker.last.inputs('device').at(-1)?.device.consent, 'on');
  FakeWorker.last.say({ type: 'event', event: VIEWER });
  assert.equal(of(events, 'consentNeeded'), 0);
});

test('a_viewer_who_was_asked_by_the_site_is_not_asked_again', async (t) => {
  for (const uploads of ['on', 'off'] as const) {
    const { events, worker } = await playing(t, { uploads });
    worker.say({ type: 'event', event: VIEWER });
    assert.deepEqual([worker.inputs('device').at(-1)?.device.consent, of(events, 'consentNeeded')], [uploads, 0]);
  }
});

test('a_pause_leaves_requests_to_the_player_and_answers_those_under_way', async (t) => {
  const { session, events, worker } = await playing(t);
  const answers: Answer[] = [];
  session.demand(WISH, null, (answer) => answers.push(answer));
  session.pause();
  session.pause();
  assert.deepEqual([session.asks(WISH), session.stats().state, worker.count('sharingPaused')], [false, 'paused', 1]);
  const sources = { origin: 1, seeder: 0, peer: 0, stored: 0 };
  worker.say({ type: 'deliver', demand: 1, bytes: new Uint8Array(1), sources, rate: 0 });
  assert.deepEqual(answers.map(({ type }) => type), ['delivered']);
  session.resume();
  session.resume();
  assert.deepEqual([session.asks(WISH), session.stats().state, worker.count('sharingResumed')], [true, 'running', 1]);
  assert.deepEqual([of(events, 'sharingPaused'), of(events, 'sharingResumed')], [1, 1]);
});

test('peers_that_are_linked_leave_with_the_title_or_its_engine', async (t) => {
  const ends: ((session: Session, worker: FakeWorker) => void)[] = [
    (session) => session.titleClosed(),
    (session) => session.destroy(),
    (_, worker) => worker.say({ type: 'failed', reason: 'unreachable' }),
  ];
  for (const end of ends) {
    const { session, events, worker } = await playing(t);
    for (const peer of ['p', 'q', 'r']) worker.say({ type: 'event', event: { ...VIEWER, peer } });
    worker.say({ type: 'event', event: { type: 'peerLeft', peer: 'q' } });
    const left = () => events.flatMap((event) => event.type === 'peerLeft' ? event.peer : []);
    assert.deepEqual(left(), ['q']);
    // A listener may end the session meanwhile.
    session.on('peerLeft', () => session.destroy());
    end(session, worker);
    session.titleClosed();
    assert.deepEqual(left().slice(1).sort(), ['p', 'r']);
  }
});

test('a_title_that_begins_in_a_pause_loads_no_engine_until_it_ends', async (t) => {
  const { session } = await playing(t);
  session.pause();
  session.titleClosed();
  session.manifestLoaded(OTHER);
  session.manifestLoaded({ ...OTHER, text: '<MPD id="newer"/>' });
  session.fetchedPlainly(500);
  await turn();
  assert.equal(FakeWorker.made.length, 1);
  assert.deepEqual([session.stats().state, session.stats().format, session.asks(WISH)], ['paused', 'dash', false]);
  session.resume();
  await turn();
  assert.equal(FakeWorker.made.length, 2);
  assert.deepEqual(FakeWorker.last.inputs('manifest').map(({ url }) => url), [OTHER.url], 'it reads the latest text of each');
  assert.equal(FakeWorker.last.count('sharingPaused'), 0);
  assert.equal(session.stats().plain.bytes, 500, 'what came in the pause is of the title');
});

test('says_what_is_missing_for_a_manifest_whose_address_is_each_viewers_own', (t) => {
  const blob = { ...MANIFEST, asked: 'blob:https://o.example/1', url: 'blob:https://o.example/1' };
  const session = new Session(checkOptions({ signalingUrl: 'wss://signal.example/' }, 'https://example.org/'), () => undefined);
  t.after(() => session.destroy());
  const reasons: string[] = [];
  session.on('engineFailed', ({ reason }) => reasons.push(reason));
  session.manifestLoaded(blob);
  assert.deepEqual(reasons, ['option swarm must be given for a blob: manifest']);
  assert.deepEqual([session.stats().state, session.asks(WISH)], ['failed', false]);
});

test('files_that_no_list_names_are_asked_for_by_their_digests_in_the_swarm_of_the_site', async () => {
  const options = checkOptions({ signalingUrl: 'wss://s.example/v1/ws', start: 'atOnce' }, 'https://o.example/');
  const session = new Session(options, () => undefined);
  session.startWithoutList('https://o.example');
  session.startWithoutList('https://another.example');
  await turn();
  assert.equal(FakeWorker.made.length, 1);
  const started = FakeWorker.last.told.find((message) => message.type === 'start');
  assert.deepEqual([started?.format, started?.config.swarm], ['resources', 'o.example/']);
  assert.deepEqual([session.asks(WISH), session.stats().format], [true, 'resources']);
  session.demand({ url: 'https://o.example/a.js', sha224: '00' }, null, () => undefined);
  assert.deepEqual(FakeWorker.last.inputs('demand'), [{ type: 'demand', id: 1, url: 'https://o.example/a.js', sha224: '00' }]);
  session.destroy();
});

test('counts_each_fallback_to_http_by_its_reason', async (t) => {
  const { session, events, worker } = await playing(t);
  for (let demand = 1; demand <= 3; demand += 1) session.demand(WISH, null, () => undefined);
  worker.say({ type: 'decline', demand: 1, reason: 'unknown' });
  worker.say({ type: 'decline', demand: 2, reason: { originFailed: { status: 503 } } });
  worker.say({ type: 'event', event: { type: 'rescued', key: 'k', reason: 'deadline' } });
  worker.say({ type: 'failed', reason: 'unreachable' });
  const declined = events.filter((event) => event.type === 'declined');
  assert.deepEqual(declined.map(({ url, reason }) => [url, reason]),
    ['unknown', { originFailed: { status: 503 } }, 'engineGone'].map((reason) => [WISH.url, reason]));
  assert.deepEqual(session.stats().fallbacks, { unknown: 1, originFailed: 1, deadline: 1, engineGone: 1 });
});

test('counts_once_why_a_segment_is_not_asked_for', async (t) => {
  const { session, worker } = await playing(t);
  const counted: [string, () => void][] = [
    ['ownHeaders', () => session.asks('ownHeaders')],
    ['growing', () => session.asks('growing')],
    ['range', () => session.asks('range')],
    ['resting', () => {
      for (let demand = 1; demand <= 3; demand += 1) {
        const wish = { ...WISH };
        session.demand(wish, null, () => undefined);
        worker.say({ type: 'decline', demand, reason: { originFailed: 'network' } });
        session.fetchedPlainly(1, wish);
      }
      session.asks(WISH);
    }],
    ['paused', () => {
      session.pause();
      session.asks(WISH);
    }],
    ['engineGone', () => {
      session.resume();
      worker.say({ type: 'failed', reason: 'unreachable' });
      session.asks(WISH);
    }],
  ];
  assert.equal(session.asks(WISH), true);
  assert.equal(session.asks(undefined), false);
  assert.deepEqual(session.stats().fallbacks, {}, 'neither what is asked for nor what is no segment');
  for (const [, happen] of counted) happen();
  const { originFailed, ...unasked } = session.stats().fallbacks;
  assert.deepEqual(unasked, Object.fromEntries(counted.map(([reason]) => [reason, 1])));
  assert.equal(originFailed, 3);
  session.titleClosed();
  session.asks(WISH);
  assert.equal(session.stats().fallbacks.idle, 1);
  session.destroy();
  session.asks(WISH);
  assert.equal(session.stats().fallbacks.engineGone, 2);
});

test('tells_each_state_once_and_after_what_brought_it_about', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { session, events, worker } = await playing(t);
  const steps: [string, () => void, string[]][] = [
    ['the start', () => undefined, ['idle > starting', 'engineReady', 'starting > running']],
    ['rest', () => {
      for (let demand = 1; demand <= 3; demand += 1) {
        const wish = { ...WISH };
        session.demand(wish, null, () => undefined);
        worker.say({ type: 'decline', demand, reason: { originFailed: 'network' } });
        session.fetchedPlainly(1, wish);
      }
    }, ['declined', 'declined', 'declined', 'running > resting']],
    ['its end', () => t.mock.timers.tick(30_000), ['resting > running']],
    ['a pause', () => session.pause(), ['sharingPaused', 'running > paused']],
    ['another', () => session.pause(), []],
    ['its end', () => session.resume(), ['sharingResumed', 'paused > running']],
    ['a failure', () => worker.say({ type: 'failed', reason: 'unreachable' }), ['engineFailed', 'running > failed']],
    ['the end of the title', () => session.titleClosed(), ['failed > idle']],
    ['another title', () => session.manifestLoaded(OTHER), ['idle > starting']],
    ['the end', () => session.destroy(), ['starting > destroyed']],
    ['the player lets go', () => session.titleClosed(), []],
  ];
  for (const [what, happen, told] of steps) {
    happen();
    const heard = events.splice(0).map((event) => event.type === 'stateChanged' ? `${event.from} > ${event.to}` : event.type);
    assert.deepEqual(heard, told, what);
  }
});

test('a_listener_that_changes_the_state_is_heard_of_after_it_by_all', async (t) => {
  const { session } = await playing(t);
  const heard: string[] = [];
  session.on('stateChanged', ({ to }) => { if (to === 'paused') session.resume(); });
  session.on('stateChanged', ({ from, to }) => heard.push(`${from} > ${to}`));
  session.pause();
  assert.deepEqual(heard, ['running > paused', 'paused > running']);
});

test('a_demand_that_takes_longer_than_the_players_patience_is_a_fallback', async (t) => {
  const { session } = await playing(t);
  const answer = await new Promise<Answer>((resolve) => { session.demand(WISH, 1, resolve); });
  assert.deepEqual(answer, { type: 'declined', reason: 'late' });
  assert.deepEqual(session.stats().fallbacks, { late: 1 });
});

test('leaves_segments_to_the_player_for_a_while_that_it_gets_and_the_engine_does_not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { session, worker } = await playing(t);
  let demand = 0;
  const fail = () => {
    const wish = { ...WISH };
    session.demand(wish, null, () => undefined);
    worker.say({ type: 'decline', demand: (demand += 1), reason: { originFailed: { status: 403 } } });
    return wish;
  };
  const failAndGet = (times: number) => {
    for (let failed = 0; failed < times; failed += 1) session.fetchedPlainly(1, fail());
  };
  for (let failed = 0; failed < 5; failed += 1) {
    fail();
    session.fetchedPlainly(1, { ...WISH });
    session.fetchedPlainly(1);
  }
  assert.equal(session.asks(WISH), true, 'what the player got was something else');
  failAndGet(2);
  session.demand({ ...WISH }, null, () => undefined);
  const sources = { origin: 1, seeder: 0, peer: 0, stored: 0 };
  worker.say({ type: 'deliver', demand: (demand += 1), bytes: new Uint8Array(1), sources, rate: 0 });
  const [one, two] = [fail(), fail()];
  for (const wish of [two, one]) session.fetchedPlainly(1, wish);
  assert.deepEqual([session.asks(WISH), session.stats().state], [true, 'running'], 'twice in a row');
  failAndGet(1);
  assert.deepEqual([session.asks(WISH), session.stats().state], [false, 'resting']);
  t.mock.timers.tick(29_999);
  failAndGet(3);
  assert.equal(session.asks(WISH), false);
  t.mock.timers.tick(1);
  assert.deepEqual([session.asks(WISH), session.stats().state], [true, 'running'], 'what comes in the meantime does not prolong it');
  failAndGet(2);
  assert.equal(session.asks(WISH), true, 'nor counts what came before');
  failAndGet(1);
  assert.equal(session.asks(WISH), false, 'it still fails');
  session.pause();
  session.resume();
  assert.equal(session.asks(WISH), true, 'it begins anew');
  failAndGet(2);
  session.pause();
  session.resume();
  failAndGet(2);
  assert.equal(session.asks(WISH), true);
  t.mock.timers.tick(1_000);
  failAndGet(1);
  t.mock.timers.tick(29_500);
  assert.equal(session.asks(WISH), false, 'nor has the rest before the pause an end of its own');
  session.titleClosed();
  session.manifestLoaded(OTHER);
  await turn();
  assert.equal(session.asks(WISH), true, 'another title may do better');
});

test('offload_is_what_was_played_without_the_origin', async (t) => {
  const { session, worker } = await playing(t);
  assert.deepEqual(session.stats().offload, { total: 0, seeder: 0, stored: 0, peers: 0 });
  const told = (stats: Partial<CoreStats>) => worker.say({
    type: 'stats', stats: { ...emptyStats(), ...stats }, links: [link('linked'), link('connecting')], signaling: 'joined',
  });
  session.fetchedPlainly(100);
  told({
    delivered: { origin: 100, seeder: 250, peer: 300, stored: 250 }, received: { origin: 150, seeder: 200, peer: 650, stored: 0 },
    demands: 10, rescues: 1,
  });
  const { offload, health } = session.stats();
  assert.deepEqual(offload, { total: 0.75, seeder: 0.25, stored: 0.25, peers: 0.25 });
  assert.deepEqual(health, { linked: 1, target: 8, onTime: 0.9, signaling: 'joined' });
  told({ delivered: { origin: 100, seeder: 0, peer: 0, stored: 0 }, received: { origin: 500, seeder: 0, peer: 0, stored: 0 } });
  assert.equal(session.stats().offload.total, -2, 'what was fetched for others costs the origin as well');
  worker.say({ type: 'failed', reason: 'unreachable' });
  const { state, links, health: { linked, signaling } } = session.stats();
  assert.deepEqual([state, links, linked, signaling], ['failed', [], 0, 'left'], 'links are gone with the engine');
});

test('as_many_links_are_looked_for_as_the_device_may_have', async (t) => {
  const { session, worker } = await playing(t);
  const judged = (maxTargetPeers: number) => {
    worker.say({
      type: 'event', event: {
        type: 'policyChanged', uploads: 'on', prefetch: 'on', reasons: [],
        limits: { maxTargetPeers, storeBytes: 1, uploadPercent: 50 },
      },
    });
    return session.stats().health.target;
  };
  assert.deepEqual([session.stats().health.target, judged(5), judged(16)], [8, 5, 8]);
  judged(5);
  session.titleClosed();
  session.manifestLoaded(OTHER);
  assert.equal(session.stats().health.target, 8, 'a new engine has yet to judge the device');
});

function link(state: LinkFigures['state']): LinkFigures {
  return { peer: state, state, seeder: false, down: 0, up: 0, downRate: 0, upRate: 0 };
}

/** A session that plays, and its Worker. */
async function playing(t: Pick<TestContext, 'after'>, policy?: PolicyOptions) {
  const options = { signalingUrl: 'wss://signal.example/', ...(policy !== undefined && { policy }) };
  const session = new Session(checkOptions({ start: 'atOnce', ...options }, 'https://example.org/'), () => undefined);
  t.after(() => session.destroy());
  const events: FugitiveEvent[] = [];
  session.on('*', (event) => events.push(event));
  session.manifestLoaded(MANIFEST);
  await turn();
  FakeWorker.last.say({ type: 'ready', channels: 'yes' });
  return { session, events, worker: FakeWorker.last };
}

function of(events: FugitiveEvent[], type: FugitiveEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}
