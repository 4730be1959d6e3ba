// What is kept beyond the page: a reload and a second visit play from it, whatever became of it in between.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { BrowserContext } from 'playwright-core';
import { sampleDigests, Swarm } from './swarm.js';
import { FRAME_MS, type PageEvent, type Viewer } from './viewer.js';

/** What the database has. */
interface Kept {
  /** Bytes, as the database counts them, as its entries say, and as there are. */
  sum: number;
  sizes: number;
  lengths: number;
  /** How many segments there are, and the size of each. */
  count: number;
  media: number[];
}

const MIB = 1024 * 1024;
/** What a site is given on a disk that is nearly full. */
const ROOM = 2 * MIB;

/** Segments of the film in the one quality that it is played in here: pictures and sound, 24 each, and what begins them. */
const FILM_SEGMENTS = 50;
const SEGMENTS = '**/*.{m4s,mp4}';
/** The player asks the engine for everything from the start. */
const QUERY = { start: 'atOnce' };

test('a_reload_plays_from_the_store_with_neither_origin_nor_seeder', async (t) => {
  const { swarm, viewer } = await visited(t);
  await swarm.seeder?.kill();
  await viewer.page.context().route(SEGMENTS, (route) => route.abort());
  await viewer.page.reload();
  await viewer.playsPast(8);

  const { bySource, stats } = await viewer.figures();
  assert.ok(bySource.stored > 500_000, await viewer.report());
  assert.deepEqual([bySource.origin, bySource.seeder, bySource.peer], [0, 0, 0], await viewer.report());
  assert.ok(stats.received.stored >= bySource.stored);
  assert.deepEqual([stats.offload.total, stats.offload.stored, stats.shelfFaults, stats.stalls], [1, 1, 0, 0]);
  const known = await sampleDigests();
  const appended = await viewer.appended();
  assert.ok(appended.length > 0 && appended.every((digest) => known.has(digest)), 'it played other bytes than the film\'s');
});

for (const { stream, player } of [
  { stream: 'hls', player: 'hlsjs' }, { stream: 'hls', player: 'shaka' }, { stream: 'vod', player: 'shaka' },
]) {
  test(`a_second_visit_plays_from_the_store_in_${player}_what_was_played_of_${stream}`, async (t) => {
    const swarm = await Swarm.start(t);
    const viewer = await swarm.watch({ stream, player, query: QUERY });
    await viewer.playsPast(10);
    await viewer.until((least) => (window.fugitiveDemo?.figures().stats.shelvedBytes ?? 0) > least, 1_000_000, 20_000, 'too little was kept');
    await viewer.page.reload();
    await viewer.playsPast(8);
    const { bySource, stats } = await viewer.figures();
    assert.ok(bySource.stored > 200_000, await viewer.report());
    assert.equal(stats.shelfFaults, 0, await viewer.report());
    assert.ok(stats.stalledMs < FRAME_MS, await viewer.report());
  });
}

test('bytes_that_were_altered_in_the_browser_are_found_and_fetched_anew', async (t) => {
  const { viewer } = await visited(t);
  const address = viewer.page.url();
  // Another page of the site, so that nothing writes meanwhile.
  await viewer.page.goto(new URL('/config.json', address).href);
  assert.equal(await viewer.page.evaluate(alterBodies), FILM_SEGMENTS);
  await viewer.page.goto(address);
  await viewer.playsPast(8);

  const faults = await viewer.events('shelfFault');
  assert.ok(faults.length > 0 && faults.every(({ fault }) => fault === 'corrupt'), await viewer.report());
  const known = await sampleDigests();
  assert.ok((await viewer.appended()).every((digest) => known.has(digest)), 'it played what was altered');
  const { bySource, stats } = await viewer.figures();
  assert.deepEqual([bySource.stored, stats.stalls], [0, 0], await viewer.report());
  await viewer.page.reload();
  await viewer.playsPast(4);
  const { bySource: after, stats: { shelfFaults } } = await viewer.figures();
  assert.ok(after.stored > 0 && shelfFaults === 0, `what was fetched anew was not kept\n${await viewer.report()}`);
});

test('two_tabs_share_one_store', async (t) => {
  const swarm = await Swarm.startApart(t);
  const first = await swarm.watch({ query: QUERY, profile: oneQuality });
  const second = await first.anotherTab();
  await Promise.all([keeps(first, FILM_SEGMENTS), keeps(second, FILM_SEGMENTS)]);
  const { sum, sizes, lengths, count } = await first.page.evaluate(readStore);
  assert.equal(count, FILM_SEGMENTS);
  assert.deepEqual([sum, lengths], [sizes, sizes], 'what is counted is what is there');

  await Promise.all([first.page.reload(), second.page.reload()]);
  await Promise.all([first.playsPast(6), second.playsPast(6)]);
  for (const tab of [first, second]) {
    const { bySource, stats } = await tab.figures();
    assert.ok(bySource.stored > 0, await tab.report());
    assert.deepEqual([bySource.origin, stats.shelfFaults, stats.stalls], [0, 0, 0], await tab.report());
  }
});

test('a_browser_that_keeps_nothing_is_no_error', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: QUERY, profile: denyStorage });
  const { reason } = await viewer.seesEvent('storeUnavailable');
  assert.match(String(reason), /SecurityError: denied/);
  await viewer.playsPast(6);
  const { stats } = await viewer.figures();
  assert.deepEqual([stats.state, stats.shelvedSegments, stats.stalls], ['running', 0, 0], await viewer.report());
  assert.equal((await viewer.events('storeUnavailable')).length, 1);
  assert.deepEqual(viewer.complaints, []);
});

test('a_small_quota_forgets_the_longest_unused', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: { ...QUERY, keep: '1' }, profile: oneQuality });
  await viewer.until((film) => (window.fugitiveDemo?.figures().stats.storedSegments ?? 0) >= film, FILM_SEGMENTS, 40_000,
    'it did not come to have all of the film');
  await keeps(viewer, 1);
  const { sum, sizes, media } = await viewer.page.evaluate(readStore);
  assert.ok(sum <= MIB && sum > MIB / 2, `${sum} bytes are kept`);
  assert.equal(sum, sizes);
  const received = (await viewer.events('segmentReceived')).filter(({ startMs }) => startMs !== undefined);
  const kept = (some: PageEvent[]) => some.filter(({ bytes = 0 }) => media.includes(bytes)).length;
  assert.equal(kept(received.slice(0, 6)), 0, 'the first went first');
  assert.ok(kept(received.slice(-6)) > 0, 'the last were not kept');
  assert.equal((await viewer.figures()).stats.stalls, 0, await viewer.report());
});

test('a_disk_that_fills_up_is_no_error', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ query: QUERY, profile: (context) => fillDisk(context, swarm.origin) });
  await viewer.until((film) => (window.fugitiveDemo?.figures().stats.storedSegments ?? 0) >= film, FILM_SEGMENTS, 40_000,
    'it did not come to have all of the film');
  await viewer.playsPast(6);
  const { sum, sizes, lengths } = await viewer.page.evaluate(readStore);
  assert.deepEqual([sum, lengths], [sizes, sizes]);
  assert.ok(sum > ROOM / 3, `${sum} bytes are left on a disk of ${ROOM}`);
  assert.ok(sum < ROOM, `${sum} bytes are kept on a disk of ${ROOM}`);
  const { stats } = await viewer.figures();
  assert.deepEqual([stats.state, stats.stalls], ['running', 0], await viewer.report());
  assert.deepEqual(viewer.complaints, []);
});

test('a_site_can_have_all_forgotten', async (t) => {
  const { viewer } = await visited(t);
  await viewer.page.evaluate(() => window.fugitiveDemo?.clearStore());
  const { sum, sizes, lengths } = await viewer.page.evaluate(readStore);
  assert.deepEqual([sum, sizes, lengths], [0, 0, 0]);
  await viewer.until(() => window.fugitiveDemo?.figures().stats.shelvedSegments === 0, 0, 5_000,
    'the engine still counts on it');
});

/** A viewer that has all of the film, in one quality, and keeps it. */
async function visited(t: TestContext): Promise<{ swarm: Swarm; viewer: Viewer }> {
  const swarm = await Swarm.startApart(t);
  const viewer = await swarm.watch({ query: QUERY, profile: oneQuality });
  await keeps(viewer, FILM_SEGMENTS);
  return { swarm, viewer };
}

async function keeps(viewer: Viewer, segments: number): Promise<void> {
  await viewer.until((least) => (window.fugitiveDemo?.figures().stats.shelvedSegments ?? 0) >= least, segments, 40_000,
    `not ${segments} segments were kept`);
}

/** Leaves one quality in the manifest: another one, chosen on a second visit, would not be in the store. */
async function oneQuality(context: BrowserContext): Promise<void> {
  await context.route('**/manifest.mpd', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replaceAll(/<Representation id="v(180|360)"[^>]*\/>/g, '');
    await route.fulfill({ response, body });
  });
}

function denyStorage(context: BrowserContext): Promise<void> {
  return inWorker(context,
    'Object.defineProperty(self, "indexedDB", { get() { throw new DOMException("denied", "SecurityError"); } });');
}

/** The browser gives the site less than it promised. */
async function fillDisk(context: BrowserContext, origin: string): Promise<void> {
  await oneQuality(context);
  await inWorker(context, 'navigator.storage.estimate = () => Promise.resolve({ quota: 2 ** 40 });');
  const page = await context.newPage();
  await (await context.newCDPSession(page)).send('Storage.overrideQuotaForOrigin', { origin, quotaSize: ROOM });
}

/**
 * What a page's scripts do does not reach its Worker: this is done there, before the Worker hears anything. The script
 * itself is left as it is served: one that Playwright fulfils gets no WebSocket through.
 */
async function inWorker(context: BrowserContext, script: string): Promise<void> {
  await context.addInitScript(`{
    const Native = Worker;
    window.Worker = class extends Native {
      constructor(url, options) {
        const parts = [${JSON.stringify(script)}, 'import ' + JSON.stringify(new URL(url, location.href).href)];
        super(URL.createObjectURL(new Blob(parts, { type: 'text/javascript' })), options);
      }
    };
  }`);
}

/** Runs in the page: alters a byte of every segment that is kept. */
async function alterBodies(): Promise<number> {
  const given = <T>(request: IDBRequest<T>) => new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await given(indexedDB.open('fugitive'));
  const change = database.transaction(['entries', 'bodies'], 'readwrite');
  const [entries, bodies] = [change.objectStore('entries'), change.objectStore('bodies')];
  let altered = 0;
  for (const name of await given(entries.getAllKeys())) {
    const entry: { root?: Uint8Array } | number = await given(entries.get(name));
    if (typeof entry === 'number' || entry.root === undefined) continue;
    const body: Uint8Array = await given(bodies.get(name));
    const at = body.length >> 1;
    body[at] = (body[at] ?? 0) ^ 1;
    await given(bodies.put(body, name));
    altered += 1;
  }
  await new Promise<void>((resolve) => { change.oncomplete = () => resolve(); });
  database.close();
  return altered;
}

/** Runs in the page: what the database says that it has, and what it has. */
async function readStore(): Promise<Kept> {
  const given = <T>(request: IDBRequest<T>) => new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await given(indexedDB.open('fugitive'));
  const look = database.transaction(['entries', 'bodies']);
  const [entries, bodies] = await Promise.all([
    given<({ size: number; root?: Uint8Array } | number)[]>(look.objectStore('entries').getAll()),
    given<Uint8Array[]>(look.objectStore('bodies').getAll()),
  ]);
  database.close();
  const told = entries.flatMap((entry) => (typeof entry === 'number' ? [] : entry));
  const segments = told.filter(({ root }) => root !== undefined);
  const sumOf = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);
  return {
    sum: sumOf(entries.filter((entry) => typeof entry === 'number')),
    sizes: sumOf(told.map(({ size }) => size)),
    lengths: sumOf(bodies.map(({ length }) => length)),
    count: segments.length,
    media: segments.map(({ size }) => size),
  };
}
