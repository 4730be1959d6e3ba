// `fugitiveFetch` against the browser's own `fetch`: what differs is what docs/fetch.md says, and nothing else.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { runCases } from './fetch-cases.js';
import { ListedSite } from './listed-site.js';
import { ROOT } from './process.js';

/** What a file from peers lacks; the documentation names each. */
const DIFFERENT = ['later_headers_of_the_server', 'timing'];

for (const from of ['peers', 'the_server'] as const) {
  test(`shows_what_the_browsers_own_fetch_shows_with_files_from_${from}`, async (t) => {
    const site = await ListedSite.start(t);
    if (from === 'peers') {
      const first = await site.visit();
      await first.evaluate(async () => {
        for (const url of await window.fugitiveFetch.files()) await window.fugitiveFetch(url);
      });
    }
    const page = await site.visit();
    if (from === 'peers') {
      await page.waitForFunction(() => window.fugitiveFetch.fugitive.stats().peers > 0, undefined, { timeout: 30_000 });
    }
    const intact = await site.integrity('data/small.bin', 'sha256');
    const altered = await site.integrity('data/large.bin', 'sha256');
    const shown = await page.evaluate(runCases, { intact, altered });
    assert.ok(Object.keys(shown).length >= 50);
    const different = Object.entries(shown).filter(([, [own, other]]) => !isDeepStrictEqual(own, other));
    assert.deepEqual(different.map(([name]) => name), DIFFERENT, JSON.stringify(different));
    // The Worker tells its counters from time to time.
    if (from === 'peers') await page.waitForFunction(() => window.fugitiveFetch.fugitive.stats().received.peer > 0);
    const documentation = await readFile(join(ROOT, 'docs/fetch.md'), 'utf8');
    for (const name of DIFFERENT) assert.ok(documentation.includes(`\`${name}\``), `docs/fetch.md says nothing of ${name}`);
  });
}

test('integrity_of_sha224_holds_for_files_of_peers_and_of_the_server', async (t) => {
  const site = await ListedSite.start(t);
  site.pages.set('/unlisted.html', 'unlisted');
  const page = await site.visit();
  const [small, large] = [await site.integrity('data/small.bin'), await site.integrity('data/large.bin')];
  const outcomes = await page.evaluate(async ({ small, large }) => {
    const run = async (url: string, integrity: string) => {
      const response = await window.fugitiveFetch(url, { integrity }).catch((error: Error) => error);
      return response instanceof Response ? (await response.arrayBuffer()).byteLength : response.name;
    };
    return [
      await run('/data/small.bin', small), await run('/data/small.bin', `sha224-AAAA ${small}`),
      // What the list knows by its digest is right at any address, and comes without asking there.
      await run('/elsewhere/large.bin', large),
      await run('/data/small.bin', 'sha224-AAAA'), await run('/unlisted.html', 'sha224-AAAA'),
    ];
  }, { small, large });
  assert.deepEqual(outcomes, [100, 100, 300_000, 'TypeError', 'TypeError']);
  assert.equal(site.count('/elsewhere/large.bin'), 0);
});

test('a_digest_that_an_element_gives_finds_the_file_at_another_address', async (t) => {
  const site = await ListedSite.start(t);
  const page = await site.visit();
  await page.evaluate((integrity) => {
    const image = document.createElement('img');
    image.dataset['integrity'] = integrity;
    image.loading = 'lazy';
    image.src = '/mirror/drawn.png';
    image.style.marginTop = '10000px';
    document.body.append(image);
  }, await site.integrity('img/drawn.png'));
  const size = await page.evaluate(async () => (await (await window.fugitiveFetch('/mirror/drawn.png')).blob()).size);
  assert.ok(size > 50);
  assert.equal(site.count('/img/drawn.png'), 1);
});

test('takes_the_place_of_the_browsers_own', async (t) => {
  const site = await ListedSite.start(t);
  site.pages.set('/unlisted.html', 'unlisted');
  const page = await site.visit();
  const got = await page.evaluate(async () => {
    window.fetch = window.fugitiveFetch;
    const [unlisted, listed] = [await fetch('/unlisted.html'), await fetch('/data/small.bin')];
    const head = await fetch('/data/small.bin', { method: 'HEAD' });
    return [await unlisted.text(), (await listed.arrayBuffer()).byteLength, head.status];
  });
  assert.deepEqual(got, ['unlisted', 100, 200]);
});
