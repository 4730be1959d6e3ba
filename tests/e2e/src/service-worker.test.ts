// Ordinary tags that a service worker answers with files of other visitors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ListedSite, served } from './listed-site.js';

/** What the page's tags name, and what those name. */
const TAGGED = [
  '/js/app.js', '/css/site.css', '/fonts/site.ttf', '/img/dot.gif', '/img/box.svg', '/img/drawn.png', '/img/drawn.jpg',
  '/img/drawn.webp',
];

test('scripts_styles_fonts_and_images_of_a_page_come_from_another_visitor', async (t) => {
  const site = await siteWithWorker(t);
  const first = await site.visit();
  await first.evaluate(async () => {
    for (const url of await window.fugitiveFetch.files()) await (await window.fugitiveFetch(url)).arrayBuffer();
  });
  const second = await site.visit({ path: '/page.html' });
  await served(second);
  await second.waitForFunction(() => window.fugitiveFetch.fugitive.stats().peers > 0, undefined, { timeout: 30_000 });
  site.asked.length = 0;
  await insertTags(second);
  await shown(second);
  for (const path of TAGGED) assert.equal(site.count(path), 0, `${path} was asked of the server: ${site.asked.join(' ')}`);
  await second.waitForFunction(() => window.fugitiveFetch.fugitive.stats().received.peer > 0);
  const { received } = await second.evaluate(() => window.fugitiveFetch.fugitive.stats());
  assert.equal(received.origin, 0);
});

test('tags_of_a_page_that_offers_nothing_are_answered_by_another_tab', async (t) => {
  const site = await siteWithWorker(t);
  const offering = await site.visit({ path: '/page.html' });
  await served(offering);
  await offering.evaluate(async () => {
    for (const url of await window.fugitiveFetch.files()) await (await window.fugitiveFetch(url)).arrayBuffer();
  });
  site.asked.length = 0;
  const plain = await site.open(offering.context(), { path: '/plain.html' });
  await shown(plain);
  for (const path of TAGGED) assert.equal(site.count(path), 0, `${path} was asked of the server`);
  await plain.reload();
  await shown(plain);
  for (const path of TAGGED) assert.ok(site.count(path) > 0, `${path} was not asked of the server for a page that is loaded anew`);
});

test('what_no_page_answers_comes_from_the_network', async (t) => {
  const site = await siteWithWorker(t);
  const page = await site.visit({ path: '/page.html' });
  await served(page);
  await page.evaluate(() => window.fugitiveFetch.fugitive.destroy());
  site.asked.length = 0;
  await insertTags(page);
  await shown(page);
  assert.ok(site.count('/img/drawn.png') > 0);
  await showing(page, '/unlisted.svg');
  assert.equal(site.count('/unlisted.svg'), 1, 'what is not listed is not a page\'s to give');
});

test('what_no_list_names_waits_for_no_page_once_one_offers_files', async (t) => {
  const site = await siteWithWorker(t, { waitMs: 60_000 });
  const page = await site.visit({ path: '/page.html' });
  await served(page);
  assert.ok(await showing(page, '/unlisted.svg') < 10_000);
});

test('a_page_of_a_site_where_none_offers_files_waits_once', async (t) => {
  const site = await siteWithWorker(t, { waitMs: 4_000 });
  const page = await site.visit({ path: '/register.html' });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  assert.ok(await showing(page, '/unlisted.svg?first') > 3_000, 'a page may be about to offer files');
  assert.ok(await showing(page, '/unlisted.svg?second') < 3_000);
});

test('a_page_offers_its_files_however_late_their_list_comes', async (t) => {
  const site = await siteWithWorker(t);
  const letGo = site.hold('/fugitive.files');
  const page = await site.visit({ path: '/page.html' });
  // Longer than calls wait for the list.
  await page.waitForTimeout(4_500);
  await letGo();
  await served(page);
});

/** A site with its worker, a page that offers its files to it, and one that does not. */
async function siteWithWorker(t: Parameters<typeof ListedSite.start>[0], options: { waitMs?: number } = {}): Promise<ListedSite> {
  const site = await ListedSite.start(t);
  site.pages.set('/service-worker.js', `
    import { answerFetches } from '/fugitive/service-worker.js';
    answerFetches(${JSON.stringify({ control: 'atOnce', ...options })});
  `);
  site.pages.set('/page.html', `<!doctype html><title>A site</title><body><script type="module">
    import { createFetch, serveServiceWorker } from '/fugitive/fetch.js';
    const options = JSON.parse(new URLSearchParams(location.search).get('options'));
    window.events = [];
    window.fugitiveFetch = createFetch({ list: '/fugitive.files', ...options });
    window.fugitiveFetch.fugitive.on('*', (event) => window.events.push(event));
    await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
    window.offered = serveServiceWorker(window.fugitiveFetch).offered;
  </script>`);
  site.pages.set('/register.html', `<!doctype html><title>A page</title><body><script type="module">
    await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
  </script>`);
  site.pages.set('/plain.html', `<!doctype html><title>A plain page</title><link rel="stylesheet" href="/css/site.css">
    <body style="font-family: Site"><script src="/js/app.js"></script>text ${['dot.gif', 'box.svg#part', 'drawn.png', 'drawn.jpg', 'drawn.webp']
      .map((name) => `<img src="/img/${name}">`).join('')}`);
  site.pages.set('/unlisted.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  return site;
}

/** Adds a picture. Returns how long it took to be there, in milliseconds. */
function showing(page: Page, path: string): Promise<number> {
  return page.evaluate((path) => new Promise<number>((done, fail) => {
    const began = performance.now();
    const image = new Image();
    image.onload = () => done(performance.now() - began);
    image.onerror = () => fail(new Error('no picture'));
    image.src = path;
    document.body.append(image);
  }), path);
}

/** Adds the tags that a page without a service worker would have in its text. */
function insertTags(page: Page): Promise<void> {
  return page.evaluate((paths) => {
    for (const path of paths) {
      const end = path.replace(/^.*\./, '');
      if (end === 'ttf') continue;
      const tag = document.createElement(end === 'js' ? 'script' : end === 'css' ? 'link' : 'img');
      if (tag instanceof HTMLLinkElement) Object.assign(tag, { rel: 'stylesheet', href: path });
      else tag.src = path;
      document.body.append(tag);
    }
    document.body.style.fontFamily = 'Site';
    document.body.append('text');
  }, TAGGED);
}

/** Waits until all that the tags name is in use. */
async function shown(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const images = [...document.images];
    const isStyled = getComputedStyle(document.body).color === 'rgb(1, 2, 3)';
    const hasFont = [...document.fonts].some(({ family, status }) => family === 'Site' && status === 'loaded');
    return images.length >= 5 && images.every(({ complete, naturalWidth }) => complete && naturalWidth > 0)
      && window.appRan === true && isStyled && hasFont;
  }, undefined, { timeout: 30_000, polling: 100 }).catch(async () => {
    const state = await page.evaluate(() => JSON.stringify({
      images: [...document.images].map(({ src, complete, naturalWidth }) => [src, complete, naturalWidth]),
      ran: window.appRan, colour: getComputedStyle(document.body).color,
      fonts: [...document.fonts].map(({ family, status }) => [family, status]),
    }));
    throw new Error(`not all is shown: ${state}`);
  });
}
