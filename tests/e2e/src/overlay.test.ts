// The panel of figures over a page: what it shows, how it is closed, and that it and the page leave each other's looks
// alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fugitive } from '../../../dashjs-bridge/ts/common.js';
import type { showOverlay } from '../../../dashjs-bridge/ts/overlay.js';
import { ListedSite } from './listed-site.js';
import { Swarm } from './swarm.js';

const PANEL = 'section[aria-label="P2P figures"]';

test('shows_peers_and_figures_and_closes_by_the_keyboard', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: { overlay: '1' } });
  const panel = viewer.page.locator(PANEL);
  await panel.waitFor();
  // It shows the last few events.
  await panel.getByText(/Peer joined: .*seeder/).first().waitFor();
  await viewer.playsPast(6);
  await viewer.until(() => (window.fugitiveDemo?.figures().stats.links ?? []).some(({ seeder, down, rttMs }) =>
    seeder && down > 0 && rttMs !== undefined), 0, 30_000, 'no link has figures');
  await panel.locator('tbody th.seeder').waitFor();
  await panel.getByText(/\d ms/).first().waitFor();
  await panel.getByText('running', { exact: true }).waitFor();

  await panel.press('Escape');
  assert.equal(await panel.count(), 0);
  assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
});

test('is_closed_wherever_its_parent_has_gone', async (t) => {
  const site = await ListedSite.start(t);
  const page = await site.visit();
  const looks = await page.evaluate(async () => {
    const address = '/fugitive/overlay.js';
    const overlay = (await import(address)) as { showOverlay: typeof showOverlay };
    const { fugitive } = window.fugitiveFetch;
    let looks = 0;
    const watched: Pick<Fugitive, 'stats' | 'on' | 'off'> = {
      stats: () => {
        looks += 1;
        return fugitive.stats();
      },
      on: fugitive.on.bind(fugitive),
      off: fugitive.off.bind(fugitive),
    };
    const parent = document.createElement('div');
    document.body.append(parent);
    const shown = overlay.showOverlay(watched, { parent });
    parent.remove();
    for (const _ of [1, 2]) shown.close();
    const before = looks;
    await new Promise((done) => setTimeout(done, 2_500));
    return [before, looks];
  });
  assert.deepEqual(looks, [1, 1], 'nothing is drawn any more');
});

test('takes_no_style_from_the_page_and_gives_it_none', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch();
  await viewer.playsPast(1);
  const looks = () => viewer.page.evaluate(() => {
    const shown = [...document.querySelectorAll('h1, nav a, video, section')];
    const seen = shown.map((element) =>
      [element.getBoundingClientRect().toJSON() as object, getComputedStyle(element).font]);
    return { seen, sheets: document.styleSheets.length + document.adoptedStyleSheets.length };
  });
  const hostile = 'display: none !important; position: static !important; font: 40px fantasy !important;';
  await viewer.page.addStyleTag({ content: `div, header, dl, table { ${hostile} }` });
  await viewer.page.evaluate(() => document.querySelector('video')?.pause());
  const before = await looks();
  await viewer.page.evaluate(() => document.getElementById('own-overlay')?.click());
  const panel = viewer.page.locator(PANEL);
  await panel.locator('h1').waitFor({ state: 'attached' });
  assert.deepEqual(await looks(), before);
  const shown = await panel.evaluate((section) => {
    const { display, fontSize } = getComputedStyle(section);
    return [display, fontSize];
  });
  assert.deepEqual(shown, ['block', '12px']);
  const host = await panel.evaluate((section) => {
    const { display, position } = getComputedStyle((section.getRootNode() as ShadowRoot).host);
    return [display, position];
  });
  assert.deepEqual(host, ['block', 'fixed']);
});
