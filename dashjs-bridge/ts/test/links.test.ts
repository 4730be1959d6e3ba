// The page's connections: over what they go, and how long a round trip over them takes.

import assert from 'node:assert/strict';
import { beforeEach, test, type TestContext } from 'node:test';
import type { CoreInput } from '../core.js';
import { Links } from '../page/links.js';
import { turn } from './turn.js';

const PAIR = { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.0234 };

beforeEach(() => {
  FakeConnection.made = [];
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
});

/** The head of an offer of Chromium's. */
const CHROMIUMS = 'v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\n';

test('links_go_over_relays_alone_once_signaling_asks_for_that', () => {
  const { links } = start();
  links.carryOut({ type: 'createOffer', peer: 'a', iceServers: [] }, 1);
  links.relayOnly = true;
  links.carryOut({ type: 'createOffer', peer: 'b', iceServers: [] }, 1);
  links.carryOut({ type: 'acceptOffer', peer: 'c', sdp: CHROMIUMS, iceServers: [] }, 1);
  assert.deepEqual(FakeConnection.made.map(({ config }) => config.iceTransportPolicy), ['all', 'relay', 'relay']);
});

test('an_answerer_makes_and_moves_its_end_of_the_channel_before_it_takes_the_offer', async () => {
  const { links, moved } = start();
  links.answersWith = 'own';
  links.carryOut({ type: 'acceptOffer', peer: 'p', sdp: CHROMIUMS, iceServers: [] }, 1);
  await turn();
  assert.deepEqual(FakeConnection.made[0]?.steps, ['channel negotiated 1', 'remote offer', 'local answer']);
  assert.deepEqual(moved, ['p spokenTo']);
});

test('an_answerer_takes_the_channel_that_it_is_given_where_none_can_be_moved', async () => {
  const { links, moved } = start();
  links.carryOut({ type: 'acceptOffer', peer: 'p', sdp: CHROMIUMS, iceServers: [] }, 1);
  await turn();
  assert.deepEqual(FakeConnection.made[0]?.steps, ['remote offer', 'local answer']);
  assert.deepEqual(moved, []);
});

test('an_answerer_of_firefox_or_of_a_native_peer_takes_the_channel_that_it_is_given', async () => {
  for (const origin of ['mozilla...THIS_IS_SDPARTA-99.0 1 0', '- 4611731400430051336 2']) {
    const { links, moved } = start();
    links.answersWith = 'own';
    const sdp = `v=0\r\no=${origin} IN IP4 0.0.0.0\r\ns=-\r\n`;
    links.carryOut({ type: 'acceptOffer', peer: 'p', sdp, iceServers: [] }, 1);
    await turn();
    assert.deepEqual(FakeConnection.made.at(-1)?.steps, ['remote offer', 'local answer']);
    assert.deepEqual(moved, []);
  }
});

test('an_offerer_that_numbers_its_channels_otherwise_costs_its_link_and_of_three_the_numbers_are_not_gone_by', async () => {
  const { links, closed } = start();
  links.answersWith = 'own';
  for (const peer of ['p', 'p', 'q', 'r']) {
    assert.equal(links.answersWith, 'own');
    links.carryOut({ type: 'acceptOffer', peer, sdp: CHROMIUMS, iceServers: [] }, 1);
    await turn();
    FakeConnection.made.at(-1)?.ondatachannel?.({ channel: { readyState: 'open' } });
  }
  assert.deepEqual(closed, ['p 1', 'p 1', 'q 1', 'r 1']);
  links.carryOut({ type: 'acceptOffer', peer: 's', sdp: CHROMIUMS, iceServers: [] }, 1);
  await turn();
  assert.deepEqual(FakeConnection.made.at(-1)?.steps, ['remote offer', 'local answer']);
});

test('tells_the_round_trip_some_seconds_after_a_link_is_up_and_then_every_minute', async (t) => {
  const { told, connection } = connected(t);
  for (const [ms, count] of [[4_999, 0], [1, 1], [59_999, 1], [1, 2]] as const) {
    t.mock.timers.tick(ms);
    await turn();
    assert.equal(told.length, count);
  }
  assert.deepEqual(told[0], { type: 'measured', peer: 'p', rttMs: 23 });
  connection.connectionState = 'connected';
  connection.onconnectionstatechange?.();
  t.mock.timers.tick(5_000);
  await turn();
  assert.equal(told.length, 2, 'a link that recovers is not measured twice over');
});

test('tells_no_round_trip_of_a_pair_that_is_not_in_use_or_not_measured', async (t) => {
  const { told, connection } = connected(t);
  const { currentRoundTripTime: _, ...silent } = PAIR;
  connection.stats = [
    { ...PAIR, nominated: false }, { ...PAIR, state: 'in-progress' }, { ...PAIR, type: 'transport' }, silent,
  ];
  t.mock.timers.tick(5_000);
  await turn();
  assert.deepEqual(told, []);
  connection.stats.push(PAIR);
  t.mock.timers.tick(60_000);
  await turn();
  assert.equal(told.length, 1, 'it is tried again');
});

test('a_browser_that_refuses_to_count_is_asked_again', async (t) => {
  const { told, connection } = connected(t);
  connection.refuses = true;
  t.mock.timers.tick(5_000);
  await turn();
  connection.refuses = false;
  t.mock.timers.tick(60_000);
  await turn();
  assert.equal(told.length, 1);
});

test('a_link_that_is_gone_is_measured_no_more', async (t) => {
  const { told, links, connection } = connected(t);
  t.mock.timers.tick(5_000);
  links.carryOut({ type: 'disconnect', peer: 'p', reason: 'full' }, 1);
  await turn();
  t.mock.timers.tick(120_000);
  await turn();
  assert.deepEqual(told, []);
  assert.equal(connection.asked, 1);
});

test('what_is_for_a_link_that_went_is_not_for_the_next_one_to_the_same_peer', async (t) => {
  const { told, closed, links } = connected(t);
  links.carryOut({ type: 'createOffer', peer: 'p', iceServers: [] }, 2);
  links.carryOut({ type: 'disconnect', peer: 'p', reason: 'full' }, 1);
  const [, second] = FakeConnection.made;
  assert.ok(second);
  second.connectionState = 'failed';
  second.onconnectionstatechange?.();
  await turn();
  assert.deepEqual([told, closed], [[], ['p 2']]);
});

function start() {
  const told: CoreInput[] = [];
  const closed: string[] = [];
  const moved: string[] = [];
  const links = new Links({
    tell: (input, link) => {
      if (input.type === 'measured') told.push(input);
      if (input.type === 'peerClosed') closed.push(`${input.peer} ${link}`);
    },
    transfer: (peer, _, __, readiness) => moved.push(`${peer} ${readiness}`) > 0,
  });
  return { links, told, closed, moved };
}

function connected(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { links, told, closed } = start();
  links.carryOut({ type: 'createOffer', peer: 'p', iceServers: [] }, 1);
  const connection = FakeConnection.made[0];
  assert.ok(connection);
  connection.connectionState = 'connected';
  connection.onconnectionstatechange?.();
  return { links, told, closed, connection };
}

/** What the links use of an `RTCPeerConnection`. */
class FakeConnection {
  static made: FakeConnection[] = [];
  readonly config: RTCConfiguration;
  connectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  stats: object[] = [PAIR];
  refuses = false;
  asked = 0;
  /** What was called, in order. */
  readonly steps: string[] = [];
  ondatachannel: ((event: { channel: object }) => void) | null = null;

  constructor(config: RTCConfiguration) {
    this.config = config;
    FakeConnection.made.push(this);
  }

  createDataChannel(_: string, { negotiated = false, id }: RTCDataChannelInit) {
    this.steps.push(`channel${negotiated ? ` negotiated ${id}` : ''}`);
    return { readyState: 'connecting' };
  }

  async createOffer() { return { type: 'offer', sdp: 'v=0' }; }
  async createAnswer() { return { type: 'answer', sdp: 'v=0' }; }
  async setLocalDescription({ type }: RTCSessionDescriptionInit) { this.steps.push(`local ${type}`); }
  async setRemoteDescription({ type }: RTCSessionDescriptionInit) { this.steps.push(`remote ${type}`); }
  close() {}

  async getStats() {
    this.asked += 1;
    if (this.refuses) throw new Error('no');
    return new Map(this.stats.map((entry, index) => [index, entry]));
  }
}
