// Files of a site from its other visitors, by `fugitiveFetch`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { linked, ListedSite, until } from './listed-site.js';

declare global {
  interface Window {
    /** The calls that nobody aborts. */
    others?: Promise<unknown>;
  }
}

/** A public key that signed nothing here: that of RFC 8032, 7.1, test 1. */
const ANOTHER_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const FILES = [
  'js/app.js', 'css/site.css', 'fonts/site.ttf', 'img/dot.gif', 'img/box.svg', 'img/drawn.png', 'img/drawn.jpg',
  'img/drawn.webp', 'data/large.bin', 'data/small.bin', 'data/words.json',
];

test('second_visitor_gets_every_file_from_the_first_as_the_server_has_it', async (t) => {
  const site = await ListedSite.start(t);
  const first = await site.visit();
  await fetchAll(first);
  const second = await site.visit();
  await linked(second);
  site.asked.length = 0;
  const got = await fetchAll(second);
  for (const [index, path] of FILES.entries()) assert.equal(got[index]?.digest, await site.digest(path), path);
  assert.deepEqual(site.asked, [], 'nothing was asked of the server');
  const total = got.reduce((sum, { bytes }) => sum + bytes, 0);
  await until(second, (total) => window.fugitiveFetch.fugitive.stats().received.peer === total, total);
  const stats = await second.evaluate(() => window.fugitiveFetch.fugitive.stats());
  assert.deepEqual([stats.received.origin, stats.plain.requests, stats.corrupt, stats.format], [0, 0, 0, 'resources']);
  const types = Object.fromEntries(got.map(({ type }, index) => [FILES[index], type]));
  assert.equal(types['js/app.js'], 'text/javascript; charset=utf-8');
  assert.equal(types['img/drawn.webp'], 'image/webp');
  assert.equal(types['fonts/site.ttf'], 'font/ttf');
});

test('the_first_visitor_gets_every_file_from_a_seeder_that_follows_the_list', async (t) => {
  const site = await ListedSite.start(t);
  site.asked.length = 0;
  await site.seed(t);
  for (const path of FILES) await site.isAsked(`/${path}`);
  // As while a key is changed: the owner of any of them may have signed.
  const page = await site.visit({ options: { digestKey: [ANOTHER_KEY, site.digestKey] } });
  await until(page, () => window.fugitiveFetch.fugitive.stats().seeders > 0, 0);
  const got = await fetchAll(page);
  for (const [index, path] of FILES.entries()) {
    assert.equal(got[index]?.digest, await site.digest(path), path);
    assert.equal(site.count(`/${path}`), 1, `${path}: by the seeder`);
  }
  const total = got.reduce((sum, { bytes }) => sum + bytes, 0);
  await until(page, (total) => window.fugitiveFetch.fugitive.stats().received.seeder === total, total);
  const text = got[FILES.indexOf('data/words.json')]?.bytes ?? 0;
  const links = await page.evaluate(() => window.fugitiveFetch.fugitive.stats().links);
  const travelled = links.reduce((sum, { down }) => sum + down, 0);
  assert.ok(300_000 < travelled && travelled < total - text / 2, `${travelled} of ${total} bytes, ${text} of them text`);
});

test('a_visitor_who_comes_back_has_the_files_of_the_last_visit', async (t) => {
  const site = await ListedSite.start(t);
  const before = await site.visit();
  await fetchAll(before);
  await until(before, () => window.fugitiveFetch.fugitive.stats().storedSegments > 0, 0);
  const context = before.context();
  // What was put into the database is there once its last entry is.
  await until(before, (count) => window.fugitiveFetch.fugitive.stats().shelvedSegments >= count, FILES.length);
  await before.close();
  site.asked.length = 0;
  const after = await site.open(context);
  const got = await fetchAll(after);
  for (const [index, path] of FILES.entries()) assert.equal(got[index]?.digest, await site.digest(path), path);
  for (const path of FILES) assert.equal(site.count(`/${path}`), 0, `${path} was asked of the server`);
});

test('an_altered_file_never_arrives_and_the_server_gives_the_right_one', async (t) => {
  const site = await ListedSite.start(t);
  // A piece is an array of five whose tag is 3.
  const liar = await site.visit({
    options: { channelTransfer: 'never' },
    before: () => {
      const send = RTCDataChannel.prototype.send;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        if (!(data instanceof Uint8Array) || data[0] !== 0x95 || data[1] !== 3) return send.call(this, data as ArrayBufferView<ArrayBuffer>);
        const spoilt = new Uint8Array(data);
        spoilt[spoilt.length - 1] = (spoilt[spoilt.length - 1] ?? 0) ^ 0xff;
        return send.call(this, spoilt);
      };
    },
  });
  await fetchAll(liar);
  const victim = await site.visit();
  await linked(victim);
  const got = await fetchAll(victim);
  for (const [index, path] of FILES.entries()) assert.equal(got[index]?.digest, await site.digest(path), path);
  const seen = await victim.evaluate(() => window.events.map((event) => event.type));
  assert.ok(seen.includes('corruptPiece'), 'the liar was found out');
});

test('callers_of_one_file_share_a_transfer_and_an_abort_is_its_callers_alone', async (t) => {
  const site = await ListedSite.start(t);
  const page = await site.visit();
  await page.evaluate(() => window.fugitiveFetch.files());
  const release = site.hold('/data/large.bin');
  const left = await page.evaluate(async () => {
    const controller = new AbortController();
    const get = async (signal?: AbortSignal) => {
      const response = await window.fugitiveFetch('/data/large.bin', signal === undefined ? {} : { signal });
      return (await response.arrayBuffer()).byteLength;
    };
    const calls = [get(), get(controller.signal), get()];
    window.others = Promise.all([calls[0], calls[2]]);
    controller.abort();
    return calls[1]?.catch((error: Error) => error.name);
  });
  assert.equal(left, 'AbortError');
  await release();
  assert.deepEqual(await page.evaluate(() => window.others), [300_000, 300_000]);
  assert.equal(site.count('/data/large.bin'), 1);
});

test('what_is_not_listed_or_not_a_plain_request_is_the_browsers_own', async (t) => {
  const site = await ListedSite.start(t);
  site.pages.set('/unlisted.html', 'unlisted');
  const page = await site.visit();
  await page.evaluate(() => window.fugitiveFetch.files());
  site.asked.length = 0;
  const seen = await page.evaluate(async () => {
    const unlisted = await window.fugitiveFetch('/unlisted.html');
    const none = await window.fugitiveFetch('/none');
    const head = await window.fugitiveFetch('/data/small.bin', { method: 'HEAD' });
    const own = await window.fugitiveFetch('/data/small.bin', { cache: 'no-store' });
    return [await unlisted.text(), none.status, head.headers.get('content-length'), (await own.blob()).size];
  });
  assert.deepEqual(seen, ['unlisted', 404, '100', 100]);
  assert.deepEqual(site.asked, ['/unlisted.html', '/none', '/data/small.bin', '/data/small.bin']);
  assert.equal(await page.evaluate(() => window.events.some((event) => event.type === 'segmentDelivered')), false);
});

test('a_site_without_a_list_that_holds_goes_on_over_the_browsers_own_fetch', async (t) => {
  const site = await ListedSite.start(t);
  for (const options of [{ list: '/none' }, { digestKey: '00'.repeat(32) }, { swarm: 'another' }]) {
    const page = await site.visit({ options });
    const [size, files] = await page.evaluate(async () => {
      const response = await window.fugitiveFetch('/data/small.bin');
      return [(await response.arrayBuffer()).byteLength, (await window.fugitiveFetch.files()).length] as const;
    });
    assert.deepEqual([size, files], [100, 0], JSON.stringify(options));
    await page.context().close();
  }
});

interface Got { digest: string; bytes: number; type: string | null }

/** Has a page fetch every file at once. */
function fetchAll(page: Page): Promise<Got[]> {
  return page.evaluate((files) => Promise.all(files.map(async (path) => {
    const response = await window.fugitiveFetch(`/${path}`);
    const body = await response.arrayBuffer();
    const hash = await crypto.subtle.digest('SHA-256', body);
    const digest = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return { digest, bytes: body.byteLength, type: response.headers.get('content-type') };
  })), FILES);
}
