// The state of the playground in an address: what is read of it, and that writing it restores it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excessTexts, readSettings, writeSettings, type Settings } from '../settings.js';

const PLAIN = readSettings('');

test('an_address_without_a_query_asks_for_nothing', () => {
  assert.equal(writeSettings(PLAIN), '');
  assert.deepEqual(PLAIN.wishes, {});
  assert.deepEqual([PLAIN.uploads, PLAIN.ahead, PLAIN.compare, PLAIN.device], ['on', true, false, 'own']);
});

test('every_choice_comes_back_out_of_the_address', () => {
  const settings: Settings = {
    stream: 'live', player: 'dashjs', muted: true, autoplay: true, transfer: 'never', start: 'atOnce', uploads: 'ask',
    ahead: false, device: 'battery', compare: true, paused: true, overlay: true, graph: 'svg',
    keep: 64,
    startKbps: 0,
    wishes: { viewers: 7, poison: true, kbps: 2_000, delayMs: 200, origin: false, seeder: false, signaling: false },
  };
  assert.deepEqual(readSettings(writeSettings(settings)), settings);
});

test('only_what_differs_from_a_fresh_demo_is_written', () => {
  const wishes = { viewers: 0, poison: false, kbps: 0, delayMs: 0, origin: true, seeder: true, signaling: true };
  assert.equal(writeSettings({ ...PLAIN, wishes }), '');
  assert.equal(writeSettings({ ...PLAIN, wishes: { ...wishes, seeder: false } }), '?seeder=off');
});

test('the_link_that_the_demo_was_started_with_is_not_written', () => {
  assert.equal(writeSettings({ ...PLAIN, startKbps: 2_000, wishes: { kbps: 2_000 } }), '');
  assert.equal(writeSettings({ ...PLAIN, startKbps: 2_000, wishes: { kbps: 0 } }), '?kbps=0');
});

test('more_than_there_can_be_is_the_most_and_said', () => {
  const address = '?viewers=99&delay=70000&kbps=99999999';
  assert.deepEqual(readSettings(address).wishes, { viewers: 12, kbps: 1_000_000, delayMs: 5_000 });
  assert.deepEqual(excessTexts(address)[0], 'The address asks for 99 simulated viewers: 12 is the most.');
  assert.equal(excessTexts(address).length, 3);
  assert.deepEqual(excessTexts('?viewers=12&delay=5000'), []);
});

test('what_is_not_understood_is_not_said', () => {
  const { wishes, device, transfer, graph } = readSettings('?viewers=-3&kbps=fast&delay=1e9&seeder=maybe&device=fridge&transfer=x&graph=y');
  assert.deepEqual([wishes, device, transfer, graph], [{}, 'own', 'auto', 'auto']);
});
