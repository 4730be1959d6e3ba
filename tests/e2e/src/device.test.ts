// What a page tells of its device, and what follows: it takes, and gives nothing where giving costs its viewer money; it
// gives on where nobody sees it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';

test('sends_nothing_to_others_where_data_is_to_be_saved', async (t) => {
  const swarm = await Swarm.start(t);
  const saving = await swarm.watch({
    // What fills its first buffer counts as well.
    query: { start: 'atOnce' },
    before: () => {
      const connection = Object.assign(new EventTarget(), { type: 'cellular', saveData: true });
      Object.defineProperty(navigator, 'connection', { value: connection });
    },
  });
  const { uploads, reasons } = await saving.seesEvent('policyChanged');
  assert.deepEqual([uploads, reasons], ['off', ['cellular', 'metered']]);
  await saving.playsPast(4);
  const other = await swarm.watch();
  await other.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'the two never linked');
  await Promise.all([saving.playsPast(14), other.playsPast(10)]);

  const { bySource, stats } = await saving.figures();
  assert.equal(stats.uploaded, 0);
  assert.ok(bySource.seeder + bySource.peer > bySource.origin, `it takes no less: ${JSON.stringify(bySource)}`);
  assert.equal((await other.figures()).bySource.peer, 0);
  for (const viewer of [saving, other]) assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
});

test('gives_on_from_a_page_that_nobody_sees', async (t) => {
  const swarm = await Swarm.start(t);
  const hidden = await swarm.watch({ before: hide });
  const { uploads, prefetch, reasons } = await hidden.seesEvent('policyChanged');
  assert.deepEqual([uploads, prefetch, reasons], ['on', 'off', ['hiddenPage']]);
  await hidden.playsPast(8);
  const other = await swarm.watch();
  await other.until(() => (window.fugitiveDemo?.figures().bySource.peer ?? 0) > 0, 0, 40_000,
    'the hidden page gave nothing');
  await Promise.all([hidden.playsOn(6), other.playsPast(10)]);
  const { stats } = await hidden.figures();
  assert.ok(stats.uploaded > 0, await hidden.report());
  assert.equal(stats.state, 'running', 'it was not taken for dead');
  assert.equal((await other.figures()).stats.stalls, 0, await other.report());
});

test('a_battery_and_a_phone_set_limits_and_a_charger_lifts_what_is_its_own', async (t) => {
  const swarm = await Swarm.start(t);
  const phone = await swarm.watch({
    before: () => {
      const battery = Object.assign(new EventTarget(), { level: 0.1, charging: false });
      Object.defineProperty(navigator, 'getBattery', { value: () => Promise.resolve(battery) });
      Object.defineProperty(navigator, 'userAgentData', { value: { mobile: true } });
      document.addEventListener('charger', () => {
        battery.charging = true;
        battery.dispatchEvent(new Event('chargingchange'));
      });
    },
  });
  const latest = async (expected: string) => {
    await phone.until((uploads) => {
      const verdict = window.fugitiveDemo?.events.findLast(({ type }) => type === 'policyChanged');
      return verdict?.uploads === uploads;
    }, expected, 20_000, `uploads did not go ${expected}`);
    return (await phone.events('policyChanged')).at(-1);
  };
  const low = await latest('off');
  assert.deepEqual([low?.uploads, low?.reasons, low?.limits?.maxTargetPeers], ['off', ['lowBattery', 'mobile'], 8]);
  await phone.page.evaluate(() => document.dispatchEvent(new Event('charger')));
  assert.deepEqual((await latest('on'))?.reasons, ['mobile']);
});

/** Runs in the page: nobody sees it, and its timers come once a second at the most, as Chromium has it then. */
function hide(): void {
  for (const [name, value] of [['visibilityState', 'hidden'], ['hidden', true]] as const) {
    Object.defineProperty(document, name, { get: () => value });
  }
  const slow = <T extends typeof setTimeout | typeof setInterval>(timer: T): T =>
    ((handler: () => void, delay = 0, ...rest: unknown[]) => timer(handler, Math.max(delay, 1_000), ...rest)) as T;
  window.setTimeout = slow(window.setTimeout);
  window.setInterval = slow(window.setInterval);
}
