// The playground's controls, used as a viewer uses them: each does what it says, playback goes on, and the address
// restores all of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

/** What is read of `/control`. */
interface DemoState {
  origin: { power: string; kbps: number; delayMs: number };
  signaling: string;
  seeder: string;
  viewers: { stream: string; count: number; poison: string };
  members: { role: string; positionS: number; uploaded: number }[];
}

test('plays_on_from_simulated_viewers_when_the_seeder_is_killed', async (t) => {
  const swarm = await Swarm.start(t);
  const page = await swarm.watch({ query: { viewers: '2', ahead: 'off' } });
  await page.playsPast(2);
  await page.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) >= 2, 0, 30_000, 'the simulated viewers never linked');
  await flip(page, 'Seeder runs');
  await page.until(() => location.search.includes('seeder=off'), 0, 5_000, 'the address does not tell it');
  const before = await page.figures();
  await page.playsOn(10);
  const after = await page.figures();
  t.diagnostic(`from viewers: ${before.bySource.peer} and then ${after.bySource.peer} bytes`);
  assert.ok(after.bySource.peer - before.bySource.peer > 300_000, await page.report());
  assert.equal(after.stats.stalls, 0, await page.report());
  const { seeder, members } = await state(swarm);
  assert.equal(seeder, 'off');
  assert.ok(members.some(({ role, uploaded }) => role === 'viewer' && uploaded > 0));
});

test('links_live_on_while_signaling_is_cut', async (t) => {
  const swarm = await Swarm.start(t);
  const page = await swarm.watch({ query: { viewers: '1' } });
  await page.until(() => {
    const { peers, seeders } = window.fugitiveDemo?.figures().stats ?? { peers: 0, seeders: 0 };
    return peers >= 1 && seeders >= 1;
  }, 0, 30_000, 'simulated viewer and seeder never linked');
  await page.playsPast(1);
  await flip(page, 'Signaling runs');
  await page.seesEvent('signalingLost');
  await page.playsOn(4);
  const { stats } = await page.figures();
  assert.deepEqual([stats.peers, stats.seeders, stats.stalls], [1, 1, 0], await page.report());
  await flip(page, 'Signaling runs');
  await page.until(() => (window.fugitiveDemo?.events.filter(({ type }) => type === 'signalingJoined').length ?? 0) >= 2, 0,
    20_000, 'it did not join again');
});

test('drops_a_poisoned_viewer_and_counts_it', async (t) => {
  const swarm = await Swarm.start(t);
  await change(swarm, { viewers: { stream: 'vod', count: 1, poison: 'on' } });
  await hasStock(swarm);
  const page = await swarm.watch({ query: { viewers: '1', poison: 'on' } });
  const { peer } = await page.seesEvent('corruptPiece');
  await page.until((peer) => window.fugitiveDemo?.events.some((event) =>
    event.type === 'peerLeft' && event.peer === peer && event.reason === 'corrupt') ?? false, peer, 10_000, 'it was not dropped');
  await page.playsPast(6);
  // The Worker tells of it once a second.
  await page.until(() => (window.fugitiveDemo?.figures().stats.corrupt ?? 0) > 0, 0, 10_000, 'it was not counted');
  const { stats } = await page.figures();
  assert.deepEqual([stats.corrupt, stats.stalls], [1, 0], await page.report());
  await page.page.locator('#corrupt', { hasText: /^1$/ }).waitFor();
  assert.match(await page.page.locator('#log .grave').first().innerText(), /Viewer 1 sent a wrong piece/);
});

test('the_address_restores_what_was_set', async (t) => {
  const swarm = await Swarm.start(t);
  const query = { viewers: '1', kbps: '6000', delay: '50', device: 'saving', compare: '1', graph: 'webgl' };
  const viewer = await swarm.watch({ stream: 'live', query });
  const { page } = viewer;
  const told = await viewer.seesEvent('policyChanged');
  assert.deepEqual([told.uploads, told.reasons], ['off', ['metered']]);
  await viewer.until(() => (window.fugitiveDemo?.rival()?.bytes ?? 0) > 0, 0, 30_000, 'HTTP only does not play');
  // The slider by its keys.
  await page.getByRole('slider', { name: 'Simulated viewers' }).press('ArrowRight');
  await viewer.until(() => location.search.includes('viewers=2'), 0, 20_000, 'the address does not tell it');
  const expected = { power: 'on', kbps: 6_000, delayMs: 50 };
  const { origin, viewers } = await state(swarm);
  assert.deepEqual([{ ...origin, ...expected }, viewers], [origin, { ...viewers, stream: 'live', count: 2 }]);

  await change(swarm, { origin: { kbps: 0, delayMs: 0 }, viewers: { count: 0 } });
  // Where WebGL is software, the picture of the swarm takes the page some seconds at first.
  await viewer.until(() => !location.search.includes('viewers'), 0, 20_000, 'the page does not follow the demo');
  await page.goto(`${swarm.origin}/?${new URLSearchParams({ stream: 'live', muted: '1', ...query, viewers: '2' }).toString()}`);
  await viewer.until(() => document.querySelector<HTMLInputElement>('#viewers')?.value === '2', 0, 10_000, 'no viewers came back');
  const again = await state(swarm);
  assert.deepEqual([again.origin.kbps, again.origin.delayMs, again.viewers.count], [6_000, 50, 2]);
  assert.equal(await page.getByLabel('Device').inputValue(), 'saving');
  assert.ok(await page.getByRole('switch', { name: /HTTP only/ }).isChecked());
  await isReadableOnAPhone(viewer);

  // What an address does not name is as at the demo's start, and a bare one leaves all as it is.
  await page.goto(swarm.origin);
  await viewer.until(() => location.search.includes('kbps=6000'), 0, 10_000, 'the address does not tell what is');
  await page.goto(`${swarm.origin}/?stream=no-such&delay=70000`);
  await viewer.until(() => location.search === '?stream=live&delay=5000', 0, 10_000, 'the address was not taken as a whole');
  const { origin: reset, viewers: gone } = await state(swarm);
  assert.deepEqual([reset.kbps, reset.delayMs, gone.count], [0, 5_000, 0]);
  assert.match(await page.locator('#notes').innerText(), /no stream "no-such".*70000 milliseconds of delay: 5000 is the most/);
});

test('a_second_tab_has_most_of_a_film_over_webrtc', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.watch();
  await first.playsPast(6);
  const [page] = await Promise.all([first.page.context().waitForEvent('page'), first.page.locator('#second').click()]);
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 20, undefined, { timeout: 60_000 });
  const bySource = await page.evaluate(() => window.fugitiveDemo?.figures().bySource);
  assert.ok(bySource !== undefined);
  t.diagnostic(`second tab: ${JSON.stringify(bySource)}`);
  assert.equal(bySource.stored, 0);
  assert.ok(bySource.peer + bySource.seeder > bySource.origin, JSON.stringify(bySource));
});

for (const [stream, player] of [['live', 'dashjs'], ['live-hls', 'hlsjs']] as const) {
  test(`${player}_goes_on_with_an_origin_that_was_away`, async (t) => {
    const swarm = await Swarm.start(t);
    const viewer = await swarm.watch({ stream, player, query: { compare: '1' } });
    await viewer.playsOn(4, 40_000);
    const trouble = viewer.page.getByRole('alert');
    await flip(viewer, 'Origin answers');
    await trouble.waitFor({ state: 'visible', timeout: 30_000 });
    assert.match(await trouble.innerText(), /origin is switched off/);
    await viewer.page.locator('#rival-buffer', { hasText: 'stopped' }).waitFor();
    // Longer than players ask again.
    await new Promise((done) => { setTimeout(done, 12_000); });
    const { bySource } = await viewer.figures();
    await flip(viewer, 'Origin answers');
    await trouble.waitFor({ state: 'hidden', timeout: 20_000 });
    await viewer.until(() => document.querySelector('video')?.paused === false, 0, 10_000, 'it does not play');
    await viewer.playsOn(5);
    const after = await viewer.figures();
    assert.ok(after.bySource.origin > bySource.origin && after.bySource.seeder >= bySource.seeder, 'it counts anew');
    assert.ok(after.stats.stalls >= 1, `no stall; before ${JSON.stringify(bySource)}, ${await viewer.report()}`);
  });
}

/** Presses one of the panel's switches. */
async function flip({ page }: Viewer, name: string): Promise<void> {
  const box = page.getByRole('switch', { name });
  await box.focus();
  await page.keyboard.press('Space');
}

async function state(swarm: Swarm): Promise<DemoState> {
  return (await (await fetch(`${swarm.origin}/control`)).json()) as DemoState;
}

async function change(swarm: Swarm, change: object): Promise<void> {
  const response = await fetch(`${swarm.origin}/control`, {
    method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Waits until the simulated viewer plays, and has had the time to fetch ahead. */
async function hasStock(swarm: Swarm): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await state(swarm)).members.some(({ role, positionS }) => role === 'viewer' && positionS > 3)) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  assert.fail('the simulated viewer does not play');
}

/** Nothing sticks out of a narrow window, and the swarm is drawn with everybody's name. */
async function isReadableOnAPhone(viewer: Viewer): Promise<void> {
  const { page } = viewer;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator('#swarm').scrollIntoViewIfNeeded();
  await viewer.until(() => document.querySelectorAll('#swarm canvas, #swarm svg').length === 1, 0, 20_000, 'no swarm is drawn');
  await viewer.until(() => document.querySelectorAll('#swarm > span').length >= 4, 0, 20_000, 'members have no names');
  assert.equal(await page.locator('#swarm [tabindex="0"]').count(), 0, 'a picture takes the focus');
  await page.locator('#charts canvas').first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
}
