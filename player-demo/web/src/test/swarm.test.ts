// The picture of a swarm: who is in it, who is linked, and where bytes flow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FugitiveEvent } from 'fugitive-dashjs';
import type { Member } from '../control.js';
import { place } from '../swarm/layout.js';
import { ORIGIN, pictureText, SELF, SwarmModel } from '../swarm/model.js';

const viewer = (names: string[], links: Member['links'] = [], origin = 0): Member => ({
  names, role: 'viewer', stream: 'vod', poisoned: false, playing: 'playing', positionS: 0, bufferS: 0, stalls: 0,
  delivered: { origin, seeder: 0, peer: 0, stored: 0 }, uploaded: 0, corrupt: 0, links,
});
const seeder = (name: string): Member => ({ ...viewer([name]), role: 'seeder' });
const received = (peer: string, bytes: number): FugitiveEvent => ({
  type: 'segmentReceived', label: 'v 0.0s', key: 'v/0', startMs: 0, durationMs: 2_000, bytes, source: 'peer',
  peers: [{ peer, bytes }], verified: true,
});

test('bytes_flow_from_who_gave_them_and_ebb_away', () => {
  const model = new SwarmModel();
  model.hear({ type: 'signalingJoined', peer: 'me', relayOnly: false });
  model.hear({ type: 'peerJoined', peer: 'v1', seeder: false });
  model.see([seeder('s'), viewer(['v1'], [{ peer: 'me', bytes: 0 }, { peer: 's', bytes: 0 }])]);
  assert.deepEqual(model.picture().flows, []);
  model.hear(received('v1', 100_000));
  model.fromOrigin(50_000);
  model.see([seeder('s'), viewer(['v1'], [{ peer: 'me', bytes: 0 }, { peer: 's', bytes: 80_000 }])]);
  const picture = model.picture();
  const flows = picture.flows.map(({ from, to, source }) => [from, to, source]);
  assert.deepEqual(flows, [[ORIGIN, SELF, 'origin'], ['v1', SELF, 'peer'], ['s', 'v1', 'seeder']]);
  assert.equal(picture.links.length, 2, 'a link told by both sides is one');
  assert.match(pictureText(picture), /1 seeder, 1 simulated viewer and 0 other pages.*from: Origin, Viewer 1/);
  for (let second = 0; second < 15; second += 1) model.picture();
  assert.deepEqual(model.picture().flows, []);
});

test('a_member_with_a_new_name_is_still_one', () => {
  const model = new SwarmModel();
  model.hear({ type: 'signalingJoined', peer: 'me', relayOnly: false });
  model.hear({ type: 'peerJoined', peer: 'v1', seeder: false });
  // Signaling was away: both joined again under other names, and their link lives on under the old ones.
  model.hear({ type: 'signalingJoined', peer: 'me-again', relayOnly: false });
  model.see([viewer(['v1', 'v1-again'], [{ peer: 'me', bytes: 0 }]), viewer(['v2'], [{ peer: 'v1-again', bytes: 0 }])]);
  const { nodes, links } = model.picture();
  assert.deepEqual(nodes.map(({ label }) => label), ['This page', 'Origin', 'Viewer 1', 'Viewer 2']);
  assert.equal(links.length, 2);
  assert.equal(model.labelOf('v1-again'), 'Viewer 1');
});

test('pages_are_seen_where_somebody_known_is_linked_with_them', () => {
  const model = new SwarmModel();
  model.see([viewer(['v1'], [{ peer: 'aaaaaaaa0123456789', bytes: 0 }])]);
  assert.deepEqual(model.picture().nodes.map(({ kind }) => kind), ['self', 'origin', 'viewer', 'page']);
  assert.equal(model.labelOf('aaaaaaaa0123456789'), 'Page …456789');
});

test('members_stand_around_a_circle_within_the_picture', () => {
  const model = new SwarmModel();
  model.see([seeder('s'), ...Array.from({ length: 12 }, (_, number) => viewer([`v${number}`]))]);
  const places = [...place(model.picture().nodes, 360, 320).values()];
  assert.equal(places.length, 15);
  assert.ok(places.every(({ x, y }) => x >= 0 && x <= 360 && y >= 0 && y <= 320));
  assert.equal(new Set(places.map(({ x, y }) => `${x.toFixed()},${y.toFixed()}`)).size, 15);
});
