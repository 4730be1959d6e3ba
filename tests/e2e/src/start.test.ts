// When the engine is loaded: once the player has something to show, whichever player it is, or before where a page asks
// for that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext } from 'playwright-core';
import { Swarm } from './swarm.js';
import type { Viewer, Visit } from './viewer.js';

declare global {
  interface Window {
    /** Whether the element had a frame to show, each time that a Worker of ours was started. */
    startedWith?: ('a frame' | 'nothing')[];
  }
}

for (const [player, stream] of [['dashjs', 'vod'], ['dashjs4', 'vod'], ['shaka', 'vod'], ['hlsjs', 'hls']] as const) {
  test(`loads_the_engine_after_the_first_frame_with_${player}`, async (t) => {
    const viewer = await watch(await Swarm.start(t), { player, stream });
    await viewer.playsOn(4);
    const { stats } = await viewer.figures();
    assert.deepEqual(await viewer.page.evaluate(() => window.startedWith), ['a frame'],
      `it was not loaded once, with a frame to show: ${await viewer.report()}`);
    assert.ok(stats.plain.requests > 0, 'the first segments were not the player\'s own');
    assert.ok(stats.demands > 0, 'none of the later ones were asked of the engine');
    assert.equal(stats.stalls, 0, `it stalled: ${await viewer.report()}`);
    const { waiting = 0, ...others } = stats.fallbacks;
    const counted = Object.values(others).reduce((sum, count) => sum + count, waiting);
    assert.ok(waiting > 0 && counted >= stats.plain.requests, `it is not said why: ${await viewer.report()}`);
    const states = (await viewer.events('stateChanged')).map(({ to }) => to);
    assert.deepEqual(states, ['waiting', 'starting', 'running']);
  });
}

// hls.js, of all, fetches most ahead.
test('a_player_with_enough_to_play_waits_for_an_engine_that_is_slow_to_load', async (t) => {
  const viewer = await watch(await Swarm.start(t), { player: 'hlsjs', stream: 'hls', profile: slowly });
  // The Worker tells of demands once a second.
  await viewer.until(() => {
    const { bufferedMs, demands } = window.fugitiveDemo?.figures().stats ?? { bufferedMs: 0, demands: 0 };
    return bufferedMs > 20_000 && demands > 0;
  }, undefined, 30_000, 'the buffer was not filled by the engine');
  const { stats } = await viewer.figures();
  // 8 s of video and of audio in segments of 2 s, those that were on their way, and what tells of each track. By itself it has 51 in 1.5 s.
  assert.ok(stats.plain.requests <= 20, `${stats.plain.requests} requests were the player's own`);
  assert.equal(stats.stalls, 0, await viewer.report());
});

test('loads_it_in_a_page_that_waits_for_a_click_with_its_media_ready', async (t) => {
  const viewer = await watch(await Swarm.start(t), { query: { autoplay: '0' } });
  assert.equal(await viewer.position(), 0);
  assert.deepEqual(await viewer.page.evaluate(() => window.startedWith), ['a frame']);
});

test('loads_it_with_the_manifest_where_the_page_asks_for_that', async (t) => {
  const viewer = await watch(await Swarm.start(t), { query: { start: 'atOnce' } });
  assert.deepEqual(await viewer.page.evaluate(() => window.startedWith), ['nothing']);
  await viewer.playsPast(2);
  const { stats } = await viewer.figures();
  assert.ok(stats.demands > 0);
});

/** Has the engine's wasm take longer than a player takes to fill its buffer from an origin next door. */
async function slowly(context: BrowserContext): Promise<void> {
  await context.route('**/*.wasm', async (route) => {
    await new Promise((done) => { setTimeout(done, 1_000); });
    await route.continue();
  });
}

/** Opens a page, and waits until its engine runs. */
async function watch(swarm: Swarm, visit: Visit): Promise<Viewer> {
  const viewer = await swarm.watch({ ...visit, before: noteStarts });
  await viewer.seesEvent('engineReady');
  return viewer;
}

/**
 * Runs in the page. hls.js has a Worker of its own, which is a Blob.
 *
 * That there was a frame is remembered: a player that moves the playhead after its first one has no data for a moment,
 * and the browser counts frames in batches.
 */
function noteStarts(): void {
  const states: ('a frame' | 'nothing')[] = [];
  window.startedWith = states;
  let shown = false;
  document.addEventListener('loadeddata', () => { shown = true; }, { capture: true });
  const Native = Worker;
  window.Worker = class extends Native {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options);
      if (String(script).startsWith('blob:')) return;
      const video = document.querySelector('video');
      shown ||= video !== null
        && (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA || video.getVideoPlaybackQuality().totalVideoFrames > 0);
      states.push(shown ? 'a frame' : 'nothing');
    }
  };
}
