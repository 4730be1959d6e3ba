// How the panel words figures and events.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FugitiveEvent } from '../events.js';
import { bytesText, eventText, peerText, percentText } from '../overlay/text.js';

test('bytes_have_three_digits_at_most', () => {
  const cases: [number, string][] = [
    [0, '0 B'], [999, '999 B'], [1_234, '1.2 kB'], [45_678, '46 kB'], [999_600, '1.0 MB'], [7e9, '7.0 GB'],
    [5e12, '5.0 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(bytesText(bytes), text);
  assert.deepEqual([percentText(0.934), peerText('short'), peerText('0123456789abcdef')], ['93 %', 'short', '…abcdef']);
});

test('an_event_is_one_line_with_what_matters_of_it', () => {
  const peer = '0123456789abcdef';
  const cases: [FugitiveEvent, string | undefined][] = [
    [{ type: 'engineReady' }, 'Engine ready'],
    [{ type: 'stateChanged', from: 'starting', to: 'running' }, 'State changed: running'],
    [{ type: 'peerJoined', peer, seeder: true }, 'Peer joined: …abcdef, seeder'],
    [{ type: 'peerLeft', peer }, 'Peer left: …abcdef'],
    [{ type: 'peerLeft', peer, reason: 'otherSwarm' }, 'Peer left: …abcdef, other swarm'],
    [{ type: 'declined', url: 'u', reason: 'late' }, 'Declined: late'],
    [{ type: 'declined', url: 'u', reason: { originFailed: { status: 503 } } }, 'Declined: origin failed 503'],
    [{ type: 'declined', url: 'u', reason: { originFailed: 'timeout' } }, 'Declined: origin failed timeout'],
    [{ type: 'rescued', key: 'k', reason: 'noPeerLeft' }, 'Rescued: no peer left'],
    [{ type: 'resumed', positionMs: 1, stalledMs: 730 }, 'Resumed: after 0.7 s'],
    [{ type: 'timelineUpdated', tracks: 1, live: true }, undefined],
  ];
  for (const [event, text] of cases) assert.equal(eventText(event), text, event.type);
});
