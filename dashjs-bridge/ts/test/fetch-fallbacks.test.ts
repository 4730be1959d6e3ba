// What `fugitiveFetch` counts as plain: each file of the site, or with a digest, that the browser's own request brought.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { turns } from './turn.js';
import { delivering, GONE, PAGE, TEXT, TWICE, visited } from './visited-site.js';

const [LISTED, UNLISTED] = [`${PAGE}a.css`, `${PAGE}b.js`];
const SHA224 = `sha224-${createHash('sha224').update(TEXT).digest('base64')}`;
const SHA256 = `sha256-${createHash('sha256').update(TEXT).digest('base64')}`;
const LIST = `fugitive files 1\n${['a.css', 'gone.css'].map((name, index) =>
  `${TEXT.length}\t${'0'.repeat(56)}\t${String(index).repeat(56)}\ttext/css\t${name}\n`).join('')}`;

test('counts_each_file_that_only_http_brought', async (t) => {
  const site = await visited(t, LIST);
  await site.served();
  assert.deepEqual(await site.costs(LISTED), [1, 21], 'the engine has none');
  assert.deepEqual(await site.costs(`${LISTED}#top`), [1, 21]);
  assert.deepEqual(await site.costs(UNLISTED, { integrity: SHA224 }), [1, 21], 'it has a digest');
  site.answer(delivering('txt'));
  assert.deepEqual(await site.costs(LISTED), [1, 21], 'what peers gave is not what the list says');
  site.fetch.fugitive.pause();
  assert.deepEqual(await site.costs(LISTED), [1, 21]);
  assert.deepEqual(await site.costs(UNLISTED, { integrity: SHA224 }), [1, 21]);
});

test('counts_what_cannot_be_checked_or_found_here', async (t) => {
  const site = await visited(t, LIST);
  await site.served();
  const insecure = t.mock.getter(crypto, 'subtle', () => undefined);
  assert.deepEqual(await site.costs(LISTED, { integrity: SHA256 }), [1, 21], 'no digest can be computed');
  insecure.mock.restore();
  t.mock.method(crypto.subtle, 'digest', () => Promise.reject(new Error('busy')));
  site.answer(delivering(TEXT));
  assert.deepEqual(await site.costs(UNLISTED, { integrity: `${SHA256} ${SHA224}` }), [1, 21], 'the browser fails at it');
  assert.deepEqual(await site.costs(TWICE, { integrity: `${SHA256} ${SHA224}` }), [1, 0], 'how long it is nobody says');
});

test('counts_what_came_before_a_late_list_once_that_tells_what_it_was', async (t) => {
  const site = await visited(t, LIST);
  site.fetch.fugitive.pause();
  assert.deepEqual(await site.costs(LISTED), [0, 0]);
  assert.deepEqual(await site.costs(UNLISTED), [0, 0]);
  site.fetch.fugitive.resume();
  await site.served();
  assert.deepEqual(site.plain(), { requests: 1, bytes: 21 });
});

test('says_why_the_engine_gave_no_file_of_the_list', async (t) => {
  const site = await visited(t, LIST);
  await site.served();
  const { fugitive } = site.fetch;
  await site.costs(LISTED);
  fugitive.pause();
  await site.costs(LISTED);
  fugitive.destroy();
  await site.costs(LISTED);
  assert.deepEqual(fugitive.stats().fallbacks, { busy: 1, paused: 1, engineGone: 1 });
});

test('counts_nothing_that_is_no_file_or_that_did_not_come', async (t) => {
  const site = await visited(t, LIST);
  await site.served();
  assert.deepEqual(await site.costs(UNLISTED), [0, 0], 'neither listed nor with a digest');
  assert.deepEqual(await site.costs(GONE), [0, 0], 'the server has none');
  assert.deepEqual(await site.costs(LISTED, { method: 'POST' }), [0, 0], 'nothing of peers');
  await assert.rejects(site.fetch(UNLISTED, { integrity: `sha224-${'A'.repeat(38)}==` }), TypeError);
  await assert.rejects(site.fetch(LISTED, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await turns();
  assert.deepEqual(site.plain(), { requests: 0, bytes: 0 });
});
