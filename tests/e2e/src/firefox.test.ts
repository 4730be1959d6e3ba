// Firefox and Chromium are one swarm: whichever comes second gets its segments from the first and from the seeder, and checks
// them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirefoxViewer } from './firefox.js';
import { Swarm } from './swarm.js';
import { FRAME_MS, type PageEvent, type PageFigures } from './viewer.js';

/**
 * What fills the buffer at first is shared as well. Nothing is fetched ahead of the player: the seeder, next door, would have
 * given the whole clip before the two browsers are linked.
 */
const QUERY = { start: 'atOnce', ahead: 'off' };

test('a_page_in_firefox_gets_most_bytes_from_one_in_chromium_and_from_the_seeder', async (t) => {
  const swarm = await Swarm.start(t);
  const chromium = await swarm.watch({ query: QUERY });
  await chromium.playsPast(4);
  const firefox = await FirefoxViewer.open(t, addressOf(swarm));
  await Promise.all([chromium.playsPast(20), firefox.playsPast(20)]);

  sharedAndChecked(await firefox.figures(), await firefox.events(), await firefox.report());
  const { stats } = await chromium.figures();
  assert.ok(stats.stalledMs < FRAME_MS, await chromium.report());
  t.diagnostic(JSON.stringify((await firefox.figures()).bySource));
});

test('a_page_in_chromium_gets_most_bytes_from_one_in_firefox_and_from_the_seeder', async (t) => {
  const swarm = await Swarm.start(t);
  const firefox = await FirefoxViewer.open(t, addressOf(swarm));
  await firefox.playsPast(4);
  const chromium = await swarm.watch({ query: QUERY });
  await Promise.all([chromium.playsPast(20), firefox.playsPast(20)]);

  const events = await chromium.events('segmentReceived');
  sharedAndChecked(await chromium.figures(), events, await chromium.report());
  const { stats } = await firefox.figures();
  assert.ok(stats.stalledMs < FRAME_MS, await firefox.report());
  t.diagnostic(JSON.stringify((await chromium.figures()).bySource));
});

function addressOf({ origin }: Swarm): string {
  return `${origin}/?${new URLSearchParams({ stream: 'vod', muted: '1', autoplay: '1', ...QUERY }).toString()}`;
}

/** Of the viewer that came second. */
function sharedAndChecked({ bySource, stats }: PageFigures, events: readonly PageEvent[], report: string): void {
  const overWebrtc = bySource.seeder + bySource.peer;
  assert.ok(overWebrtc / (overWebrtc + bySource.origin) >= 0.6, report);
  assert.ok(bySource.peer > 0, `nothing came from the other browser: ${report}`);
  assert.ok(stats.stalledMs < FRAME_MS, report);
  assert.equal(stats.corrupt + stats.violations, 0, report);
  const received = events.filter(({ type, source }) => type === 'segmentReceived' && source !== 'origin');
  assert.ok(received.length > 0 && received.every(({ verified }) => verified === true), report);
}
