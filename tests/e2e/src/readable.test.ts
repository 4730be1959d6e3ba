// The playground's pages are read by everybody: wide and narrow, light and dark, by keyboard and by screen reader.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { Swarm } from './swarm.js';

declare global {
  interface Window {
    axe: { run(context: Document, options: RunOptions): Promise<AxeResults> };
  }
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** WCAG 2.2, A and AA, and what axe calls good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Windows of a phone, a small laptop and a desktop. */
const SIZES = [{ width: 390, height: 844 }, { width: 1024, height: 768 }, { width: 1440, height: 900 }];

test('the_playground_is_readable_in_every_window_light_and_dark', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: { viewers: '1', compare: '1' } });
  await viewer.playsPast(2);
  await viewer.page.locator('#swarm').scrollIntoViewIfNeeded();
  await viewer.until(() => document.querySelectorAll('#swarm > span').length >= 3, 0, 20_000, 'members have no names');
  await isReadable(viewer.page);
});

test('the_page_of_files_is_readable_in_every_window_light_and_dark', async (t) => {
  const swarm = await Swarm.start(t);
  const page = await swarm.open('/gallery.html');
  await page.locator('#files li').first().waitFor();
  await isReadable(page);
});

test('every_control_is_reached_by_tab_and_shows_that_it_has_the_focus', async (t) => {
  const swarm = await Swarm.start(t);
  const { page } = await swarm.watch();
  const wanted = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary')]
    .filter((element) => element.checkVisibility() && !(element as HTMLInputElement).disabled)
    .map((element, index) => (element.dataset['order'] = String(index))));
  assert.ok(wanted.length > 10, `${wanted.length} controls`);
  const [reached, unseen] = [new Set<string>(), new Set<string>()];
  await page.evaluate(() => { (document.activeElement as HTMLElement | null)?.blur(); });
  // A video's own controls take some presses, too.
  for (let presses = 0; presses < 4 * wanted.length && reached.size < wanted.length; presses += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      return { order: element.dataset['order'], name: element.id || element.outerHTML.slice(0, 80), isSeen: outlineStyle !== 'none' || boxShadow !== 'none' };
    });
    if (focus.order === undefined) continue;
    reached.add(focus.order);
    if (!focus.isSeen) unseen.add(focus.name);
  }
  assert.deepEqual([...reached].sort(), wanted.sort(), 'some controls are not reached');
  assert.deepEqual([...unseen], []);
});

/** No rule of accessibility is broken, and nothing sticks out, whatever the window. */
async function isReadable(page: Page): Promise<void> {
  await page.addScriptTag({ path: AXE });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const faults = await page.evaluate(async (values) => {
        const { violations } = await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })));
      }, RULES);
      const view = `${size.width} px, ${colorScheme}`;
      assert.deepEqual(faults, [], view);
      const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok((width ?? 0) <= (shown ?? 0), `${view}: it scrolls sideways`);
    }
  }
}
