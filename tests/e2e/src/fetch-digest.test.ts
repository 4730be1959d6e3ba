// Files that no list names, from other visitors by the SHA-224 that a call or an element gives.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { linked, ListedSite } from './listed-site.js';

const PATH = '/data/large.bin';
/** How a page knows of no list: it has none, it is not there, it counts for nothing. */
const LISTLESS = { none: { list: null, digestKey: undefined }, keyed: { list: null }, missing: { list: '/none' }, refused: { digestKey: '00'.repeat(32) } };

for (const [name, options] of Object.entries(LISTLESS)) {
  test(`second_visitor_gets_a_file_by_its_digest_from_the_first_where_the_list_is_${name}`, async (t) => {
    const site = await ListedSite.start(t);
    const integrity = await site.integrity(PATH);
    const first = await site.visit({ options });
    assert.deepEqual(await get(first, PATH, integrity), await right(site));
    assert.equal(site.count(PATH), 1);
    const second = await site.visit({ options });
    await linked(second);
    assert.deepEqual(await get(second, PATH, integrity), await right(site));
    assert.equal(site.count(PATH), 1, 'the server sends it once');
    assert.deepEqual([await sources(first), await sources(second)], [['origin'], ['peer']]);
    // What it has by its digest it has at every address.
    assert.deepEqual(await get(second, '/elsewhere/large.bin', integrity), await right(site));
    assert.equal(site.count('/elsewhere/large.bin'), 0);
  });
}

test('a_file_in_no_list_is_shared_beside_the_list_by_a_call_and_by_an_element', async (t) => {
  const site = await unlisting(t);
  const [integrity, digest] = [await site.integrity('data/new.bin'), await site.digest('data/new.bin')];
  const first = await site.visit();
  assert.deepEqual(await get(first, '/data/new.bin', integrity), [70_000, digest]);
  const second = await site.visit();
  await linked(second);
  await second.evaluate((integrity) => {
    const link = document.createElement('a');
    link.href = '/data/new.bin';
    link.dataset['integrity'] = integrity;
    document.body.append(link);
  }, integrity);
  assert.deepEqual(await get(second, '/data/new.bin'), [70_000, digest]);
  assert.equal(site.count('/data/new.bin'), 1, 'the server sends it once');
  assert.deepEqual(await sources(second), ['peer']);
});

test('a_listed_file_is_found_by_its_sha224_beside_a_stronger_digest_which_counts_for_its_bytes', async (t) => {
  const site = await ListedSite.start(t);
  const page = await site.visit();
  const [weak, strong, other] = [await site.integrity(PATH), await site.integrity(PATH, 'sha384'), await site.integrity('data/small.bin', 'sha384')];
  assert.deepEqual(await get(page, '/elsewhere/large.bin', `${weak} ${strong}`), await right(site));
  assert.deepEqual([site.count(PATH), site.count('/elsewhere/large.bin')], [1, 0]);
  assert.equal(await get(page, PATH, `${weak} ${other}`), 'TypeError');
});

test('a_wrong_integrity_rejects_in_both_pages_and_nothing_is_shared', async (t) => {
  const site = await ListedSite.start(t);
  const wrong = await site.integrity('data/small.bin');
  const pages = await linkedPair(site, LISTLESS.none);
  for (const page of pages) assert.equal(await get(page, PATH, wrong), 'TypeError');
  for (const page of pages) {
    assert.equal(await page.evaluate(() => window.events.some(({ type }) => type === 'segmentReceived')), false);
  }
  assert.deepEqual(await get(pages[0], PATH, await site.integrity(PATH)), await right(site), 'what is right comes as ever');
});

test('who_alters_a_file_is_found_out_and_the_server_gives_the_right_one', async (t) => {
  const site = await ListedSite.start(t);
  const integrity = await site.integrity(PATH);
  // Leaves are an array of four whose tag is 9; a piece one of five whose tag is 3.
  const spoil = () => {
    const send = RTCDataChannel.prototype.send;
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
      const isLayer = data instanceof Uint8Array && ((data[0] === 0x94 && data[1] === 9) || (data[0] === 0x95 && data[1] === 3));
      if (!isLayer) return send.call(this, data as ArrayBufferView<ArrayBuffer>);
      const spoilt = new Uint8Array(data);
      spoilt[spoilt.length - 1] = (spoilt[spoilt.length - 1] ?? 0) ^ 0xff;
      return send.call(this, spoilt);
    };
  };
  const liar = await site.visit({ options: { ...LISTLESS.none, channelTransfer: 'never' }, before: spoil });
  assert.deepEqual(await get(liar, PATH, integrity), await right(site));
  const victim = await site.visit({ options: LISTLESS.none });
  await linked(victim);
  assert.deepEqual(await get(victim, PATH, integrity), await right(site));
  assert.equal(site.count(PATH), 2);
  assert.ok(await victim.evaluate(() => window.events.some(({ type }) => type === 'corruptPiece')), 'the liar was found out');
});

test('requests_that_only_the_server_may_answer_go_to_it_with_a_digest_too', async (t) => {
  const site = await ListedSite.start(t);
  const integrity = await site.integrity(PATH);
  const [first, second] = await linkedPair(site, LISTLESS.none);
  await get(first, PATH, integrity);
  const sizes = await second.evaluate(async ({ path, integrity }) => {
    const own = await window.fugitiveFetch(path, { integrity, cache: 'no-store' });
    const tagged = await window.fugitiveFetch(path, { integrity, headers: { 'X-Own': '1' } });
    return [(await own.blob()).size, (await tagged.blob()).size];
  }, { path: PATH, integrity });
  assert.deepEqual(sizes, [300_000, 300_000]);
  assert.equal(site.count(PATH), 3);
  assert.deepEqual(await sources(second), []);
});

/** A site with a file that came after its list. */
async function unlisting(t: TestContext): Promise<ListedSite> {
  const site = await ListedSite.start(t);
  await writeFile(join(site.folder, 'data/new.bin'), Buffer.alloc(70_000, 'new '));
  return site;
}

/** Two visitors whose pages are linked. */
async function linkedPair(site: ListedSite, options: Record<string, unknown>): Promise<[Page, Page]> {
  const pages: [Page, Page] = [await site.visit({ options }), await site.visit({ options })];
  for (const page of pages) await linked(page);
  return pages;
}

async function right(site: ListedSite): Promise<[number, string]> {
  return [300_000, await site.digest(PATH)];
}

/** A file's size and SHA-256, or the error's name. */
function get(page: Page, path: string, integrity = ''): Promise<[number, string] | string> {
  return page.evaluate(async ({ path, integrity }) => {
    const response = await window.fugitiveFetch(path, { integrity }).catch((error: Error) => error);
    if (!(response instanceof Response)) return response.name;
    const body = await response.arrayBuffer();
    const hash = await crypto.subtle.digest('SHA-256', body);
    const digest = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [body.byteLength, digest] as [number, string];
  }, { path, integrity });
}

/** Whence the engine's files came, in the order of their delivery. */
function sources(page: Page): Promise<string[]> {
  return page.evaluate(() => window.events.flatMap((event) => event.type === 'segmentDelivered' ? [event.source] : []));
}
