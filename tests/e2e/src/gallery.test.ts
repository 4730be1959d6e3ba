// The playground's page of files: what its tags name comes from another visitor, and the page says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { Swarm } from './swarm.js';

/** What the page's tags name, and what those name. */
const FILES = [
  'count.js', 'fonts/pixels.otf', 'look.css', 'pictures/carpet.webp', 'pictures/gradient.jpg', 'pictures/life.gif',
  'pictures/mandelbrot.png', 'pictures/shapes.svg',
];

test('a_second_visitor_has_pictures_style_font_and_script_from_the_first', async (t) => {
  const swarm = await Swarm.start(t);
  const first = await swarm.open('/gallery.html');
  assert.deepEqual(await shown(first), FILES.map((file) => [file, 'the server']));
  await first.locator('#offload', { hasText: /^0 %$/ }).waitFor();

  const before = await sent(swarm);
  const second = await swarm.open('/gallery.html');
  assert.deepEqual(await shown(second), FILES.map((file) => [file, 'another visitor']));
  await second.locator('#offload', { hasText: /^100 %$/ }).waitFor();
  await second.locator('#state', { hasText: '1 other visitor is linked.' }).waitFor();
  // The list itself is always asked for.
  assert.ok(await sent(swarm) - before < 4_000, `${await sent(swarm) - before} bytes of the server`);

  await second.waitForFunction((count) => (window.fugitiveFetch?.fugitive.stats().shelvedSegments ?? 0) >= count, FILES.length);
  await second.reload();
  assert.deepEqual((await shown(second)).filter(([, source]) => source !== 'kept'), [], 'a second visit has what the first kept');
});

/** Waits until all that the tags name is in use. Returns where the page says that each file came from. */
async function shown(page: Page): Promise<(string | undefined)[][]> {
  await page.waitForFunction((count) => {
    const images = [...document.images];
    const hasFont = [...document.fonts].some(({ family, status }) => family.includes('Gallery Pixels') && status === 'loaded');
    return images.length === 5 && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0) && hasFont
      && document.getElementById('count')?.textContent.startsWith('5 pictures') === true
      && document.querySelectorAll('#files li').length >= count;
  }, FILES.length, { timeout: 40_000, polling: 100 }).catch(async () => {
    throw new Error(`not all is shown: ${await page.locator('body').innerText()}`);
  });
  const lines = await page.locator('#files li').evaluateAll((items) => items.map((item) => [
    item.querySelector('b')?.textContent, item.querySelector('.source')?.textContent.replace(/^.*, /, ''),
  ]));
  const captions = await page.locator('.pictures .source').allTextContents();
  assert.ok(captions.every((text) => /, (the server|another visitor|kept)$/.test(text)), captions.join('; '));
  return lines.sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
}

/** How many bytes the demo's origin has sent to pages. */
async function sent({ origin }: Swarm): Promise<number> {
  const state = (await (await fetch(`${origin}/control`)).json()) as { origin: { sentToViewers: number } };
  return state.origin.sentToViewers;
}
