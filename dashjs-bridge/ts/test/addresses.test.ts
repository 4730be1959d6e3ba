// Which URL a request of the engine's has: the player's for the same segment, and never another segment's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Addresses } from '../worker/addresses.js';

test('asks_at_the_players_url_for_what_the_player_wants', () => {
  const cases: [string, string, string][] = [
    ['a token', 'https://a.example/1.m4s?token=x%2Fy~', 'https://a.example/1.m4s?token=x%2Fy~'],
    ['another host', 'https://b.example/1.m4s?token=x', 'https://b.example/1.m4s?token=x'],
    ['another path', 'https://b.example/other/1.m4s', 'https://b.example/other/1.m4s'],
    ['a report', 'https://a.example/1.m4s?CMCD=br%3D1&token=x&CMCD=z', 'https://a.example/1.m4s?token=x'],
    ['nothing but a report', 'https://a.example/1.m4s?CMCD=br%3D1', 'https://a.example/1.m4s'],
    ['a fragment', 'https://a.example/1.m4s?token=x#t', 'https://a.example/1.m4s?token=x#t'],
  ];
  for (const [name, demanded, expected] of cases) {
    assert.equal(demanding(demanded).of('https://a.example/1.m4s', 0), expected, name);
  }
});

test('asks_for_what_nobody_waits_for_with_the_last_query_of_its_origin', () => {
  const addresses = demanding('https://a.example/1.m4s?token=old', 'https://a.example/2.m4s?token=new&CMCD=x', 'https://a.example/4.m4s');
  const cases: [string, string, string][] = [
    ['a claim', 'https://a.example/3.m4s', 'https://a.example/3.m4s?token=new'],
    ['another host', 'https://other.example/3.m4s', 'https://other.example/3.m4s'],
    ['another scheme', 'http://a.example/3.m4s', 'http://a.example/3.m4s'],
    ['a query of its own', 'https://a.example/3.m4s?n=1', 'https://a.example/3.m4s?n=1'],
  ];
  for (const [name, url, expected] of cases) assert.equal(addresses.of(url, undefined), expected, name);
});

test('never_asks_at_the_url_of_a_segment_that_the_engine_does_not_mean', () => {
  const cases: [string, string, string][] = [
    ['the same path at another host', 'https://audio.example/1.m4s', 'https://video.example/1.m4s'],
    ['the same path with another query', 'https://a.example/s?n=2', 'https://a.example/s?n=1'],
    ['a file in another folder', 'https://b.example/audio/1.m4s', 'https://a.example/video/1.m4s'],
  ];
  for (const [name, demanded, url] of cases) assert.equal(demanding(demanded).of(url, undefined), url, name);
});

test('forgets_a_url_once_its_demand_is_over', () => {
  const ends = [
    { type: 'deliver', demand: 0, bytes: new Uint8Array(), sources: { origin: 0, seeder: 0, peer: 0, stored: 0 }, rate: 0 },
    { type: 'decline', demand: 0, reason: 'busy' },
    { type: 'demandCancelled', id: 0 },
  ] as const;
  for (const end of ends) {
    const addresses = demanding('https://b.example/1.m4s');
    addresses.note(end);
    assert.equal(addresses.of('https://a.example/1.m4s', 0), 'https://a.example/1.m4s', end.type);
  }
});

function demanding(...urls: string[]): Addresses {
  const addresses = new Addresses();
  urls.forEach((url, id) => addresses.note({ type: 'demand', id, url }));
  return addresses;
}
