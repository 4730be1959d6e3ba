// Which digests `fugitiveFetch` computes of what the engine gives: none twice, and none too few.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { delivering, PAGE, TEXT, visited } from './visited-site.js';

const [LISTED, UNLISTED] = [`${PAGE}a.css`, `${PAGE}b.js`];
const OTHER = 'text of 21 other ones';
const base64 = (text: string, algorithm = 'sha224') => `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;
const LIST = `fugitive files 1\n${TEXT.length}\t${'0'.repeat(56)}\t${createHash('sha224').update(TEXT).digest('hex')}\ttext/css\ta.css\n`;
const SHA224 = base64(TEXT);
const BOTH = `${SHA224} ${base64(TEXT, 'sha256')}`;
const SIGNED = { digestKey: '07'.repeat(32) };

test('hashes_a_file_once_where_nobody_else_has_compared_it_with_that_digest', async (t) => {
  const table = [
    ['an unsigned list', {}, LISTED, '', 1],
    ['an unsigned list, and its digest', {}, LISTED, SHA224, 1],
    ['an unsigned list, and a digest of browsers beside it', {}, LISTED, BOTH, 1],
    ['a signed list, whose tree the engine compares', SIGNED, LISTED, '', 0],
    ['a signed list, and the file\'s digest', SIGNED, LISTED, SHA224, 1],
    ['a file that the engine was asked for by its digest', {}, UNLISTED, base64(OTHER), 0],
  ] as const;
  for (const [what, options, url, integrity, hashes] of table) {
    const site = await visited(t, LIST, options);
    await site.served();
    site.answer(delivering(url === LISTED ? TEXT : OTHER));
    // It makes its state so, once for each digest.
    const made = t.mock.method(Uint32Array, 'from');
    assert.deepEqual(await site.costs(url, { integrity }), [0, 0], `${what}: it comes from the engine`);
    assert.equal(made.mock.callCount(), hashes, what);
    made.mock.restore();
  }
});

test('passes_nothing_on_that_has_another_digest', async (t) => {
  assert.equal(OTHER.length, TEXT.length);
  const table = [
    ['an unsigned list', {}, ''], ['an unsigned list, and its digest', {}, SHA224],
    ['an unsigned list, and a digest of browsers beside it', {}, BOTH],
    // The engine plays what the origin sends, though another was signed.
    ['a signed list, and the file\'s digest', SIGNED, SHA224],
    ['a signed list, and a digest of browsers beside it', SIGNED, BOTH],
  ] as const;
  for (const [what, options, integrity] of table) {
    const site = await visited(t, LIST, options);
    await site.served();
    site.answer(delivering(OTHER));
    const response = await site.fetch(LISTED, { integrity });
    assert.equal(await response.text(), TEXT, what);
  }
});

test('a_stronger_digest_counts_whoever_has_compared_the_weaker_one', async (t) => {
  for (const [url, text] of [[LISTED, TEXT], [UNLISTED, OTHER]] as const) {
    const site = await visited(t, LIST);
    await site.served();
    site.answer(delivering(text));
    const integrity = `${base64(text)} ${base64('another', 'sha256')}`;
    assert.deepEqual(await site.costs(url, { integrity }), [1, TEXT.length], 'it is left to the browser, which refuses it');
  }
});
