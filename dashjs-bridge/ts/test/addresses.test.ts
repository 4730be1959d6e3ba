// Which URL a request of the engine's has: the player's for the same segment, and never another segment's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Addresses } from '../worker/addresses.js';

test('asks_at_the_players_url_for_what_the_player_wants', () => {
  const cases: [string, string, string][] = [
    ['a token', 'https://a.example/1.m4s?token=x%2Fy~', 'https://a.example/1.m4s?token=x%2Fy~'],
    ['another host', 'https://b.example/1.m4s?token=x', 'https://b.example/1.m4s?token=x'],
    ['a report', 'https://a.example/1.m4s?CMCD=br%3D1&token=x&CMCD=z', 'https://a.example/1.m4s?token=x'],
    ['nothing but a report', 'https://a.example/1.m4s?CMCD=br%3D1', 'https://a.example/1.m4s'],
    ['a fragment', 'https://a.example/1.m4s?token=x#t', 'https://a.example/1.m4s?token=x#t'],
  ];
  for (const [name, demanded, expected] of cases) {
    assert.equal(demanding(demanded).of('https://a.example/1.m4s'), expected, name);
  }
});

test('asks_for_what_nobody_waits_for_with_the_last_query_of_its_host', () => {
  const addresses = demanding('https://a.example/1.m4s?token=old', 'https://a.example/2.m4s?token=new&CMCD=x');
  assert.equal(addresses.of('https://a.example/3.m4s'), 'https://a.example/3.m4s?token=new');
  for (const id of [0, 1]) addresses.note({ type: 'demandCancelled', id });
  assert.equal(addresses.of('https://a.example/1.m4s'), 'https://a.example/1.m4s?token=new');
  assert.equal(addresses.of('https://other.example/3.m4s'), 'https://other.example/3.m4s', 'it is not for another host');
});

test('never_asks_at_another_segments_url', () => {
  const cases: [string, string[], string][] = [
    ['another path', ['https://b.example/2.m4s'], 'https://a.example/1.m4s'],
    ['a file in another folder', ['https://b.example/audio/1.m4s'], 'https://a.example/video/1.m4s'],
    ['another query of the manifest', ['https://a.example/s?n=2', 'https://b.example/s?n=3'], 'https://a.example/s?n=1'],
    ['the manifest\'s own URL of it', ['https://a.example/s?n=2', 'https://a.example/s'], 'https://a.example/s'],
  ];
  for (const [name, demanded, url] of cases) assert.equal(demanding(...demanded).of(url), url, name);
});

test('keeps_segments_of_one_path_apart_that_the_manifest_has_at_several_hosts', () => {
  const addresses = demanding('https://audio.example/1.m4s');
  assert.equal(addresses.of('https://audio.example/1.m4s'), 'https://audio.example/1.m4s');
  assert.equal(addresses.of('https://video.example/1.m4s'), 'https://video.example/1.m4s');
});

test('adds_no_query_where_the_manifests_own_tell_segments_apart', () => {
  const addresses = demanding('https://a.example/s?n=1');
  assert.equal(addresses.of('https://a.example/s?n=1'), 'https://a.example/s?n=1');
  assert.equal(addresses.of('https://a.example/s'), 'https://a.example/s');
});

test('forgets_a_url_once_its_demand_is_answered', () => {
  for (const type of ['deliver', 'decline'] as const) {
    const addresses = demanding('https://b.example/1.m4s');
    addresses.note({ type, demand: 0, reason: 'busy', bytes: new Uint8Array(), sources: { origin: 0, seeder: 0, peer: 0, stored: 0 }, rate: 0 });
    assert.equal(addresses.of('https://a.example/1.m4s'), 'https://a.example/1.m4s', type);
  }
});

function demanding(...urls: string[]): Addresses {
  const addresses = new Addresses();
  urls.forEach((url, id) => addresses.note({ type: 'demand', id, url }));
  return addresses;
}
