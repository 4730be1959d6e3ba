// What the host learns of links and signaling from what passes it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoreOutput } from '../core.js';
import { Ledger } from '../worker/ledger.js';

test('counts_what_each_link_brings_and_sends_and_how_fast', () => {
  const ledger = new Ledger(0);
  ledger.note(offer('a'));
  ledger.note({ type: 'acceptOffer', peer: 'b', sdp: 'v=0', iceServers: [] });
  ledger.note({ type: 'event', event: { type: 'peerJoined', peer: 'b', seeder: true } });
  ledger.note({ type: 'peerMessage', peer: 'a', bytes: new Uint8Array(3_000) });
  ledger.note({ type: 'send', peer: 'b', bytes: new Uint8Array(500) });
  ledger.note({ type: 'measured', peer: 'b', rttMs: 23 });
  const idle = { down: 0, up: 0, downRate: 0, upRate: 0 };
  assert.deepEqual(ledger.figures(2_000), [
    { ...idle, peer: 'a', state: 'connecting', seeder: false, down: 3_000, downRate: 1_500 },
    { ...idle, peer: 'b', state: 'linked', seeder: true, rttMs: 23, up: 500, upRate: 250 },
  ]);
  ledger.note({ type: 'peerMessage', peer: 'a', bytes: new Uint8Array(100) });
  const later = ledger.figures(2_500).map(({ down, downRate, upRate }) => [down, downRate, upRate]);
  assert.deepEqual(later, [[3_100, 200, 0], [0, 0, 0]], 'rates are of the time since they were asked last');
});

test('forgets_a_link_that_either_side_closed_and_begins_anew_with_it', () => {
  const ledger = new Ledger(0);
  for (const peer of ['a', 'b', 'c']) ledger.note(offer(peer));
  ledger.note({ type: 'send', peer: 'c', bytes: new Uint8Array(9) });
  ledger.note({ type: 'peerClosed', peer: 'a' });
  ledger.note({ type: 'disconnect', peer: 'b', reason: 'full' });
  assert.deepEqual(ledger.peers(), ['c']);
  ledger.note(offer('c'));
  ledger.note({ type: 'peerMessage', peer: 'a', bytes: new Uint8Array(9) });
  assert.deepEqual(ledger.figures(1).map(({ peer, up }) => [peer, up]), [['c', 0]]);
});

test('says_where_signaling_is', () => {
  const ledger = new Ledger(0);
  const steps: [CoreOutput, string][] = [
    [{ type: 'openSocket', url: 'wss://signal.example/' }, 'connecting'],
    [{ type: 'event', event: { type: 'signalingJoined', peer: 'me', relayOnly: false } }, 'joined'],
    [{ type: 'closeSocket' }, 'left'],
    [{ type: 'event', event: { type: 'signalingLost', retryInMs: 1_000 } }, 'lost'],
    [{ type: 'openSocket', url: 'wss://signal.example/' }, 'connecting'],
    [{ type: 'closeSocket' }, 'left'],
    [{ type: 'event', event: { type: 'switchedOff', retryInMs: 450_000 } }, 'switchedOff'],
    [{ type: 'openSocket', url: 'wss://signal.example/' }, 'connecting'],
  ];
  for (const [output, expected] of steps) {
    ledger.note(output);
    assert.equal(ledger.signaling, expected, JSON.stringify(output));
  }
});

function offer(peer: string): CoreOutput {
  return { type: 'createOffer', peer, iceServers: [] };
}
