// The store beyond the page, on a database in memory: what is kept, forgotten and shared.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { IDBDatabase, IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { CoreInput } from '../core.js';
import { clearStore } from '../store.js';
import { BODIES, ENTRIES, given, openDatabase, SUM } from '../worker/database.js';
import { Store } from '../worker/store.js';
import { turn } from './turn.js';

const KIB = 1024;

test('what_is_kept_is_found_by_the_next_visit', async (t) => {
  const { store, told } = await visit(t);
  store.carryOut({ type: 'shelve', key: key(1), root: root(1), bytes: bytes(1, 10) });
  store.carryOut({ type: 'shelveDigests', key: key(9), bytes: bytes(9, 3) });
  await until(() => told.length === 1 && told[0]?.type === 'shelved');
  store.close();

  const next = await visit(t, {}, 'same disk');
  assert.deepEqual(next.found, [
    { type: 'shelfOpening' },
    { type: 'shelfDigests', batches: [{ key: key(9), bytes: bytes(9, 3) }] },
    { type: 'shelfOpened', entries: [{ key: key(1), size: 10, root: root(1) }] },
  ]);
  next.store.carryOut({ type: 'unshelve', key: key(1) });
  await until(() => next.told.length === 1);
  assert.deepEqual(next.told, [{ type: 'unshelved', key: key(1), bytes: bytes(1, 10) }]);
  assert.deepEqual((await visit(t, { title: 'other' }, 'same disk')).found.at(-1), { type: 'shelfOpened', entries: [] });
});

test('what_is_not_there_is_said_to_be_gone', async (t) => {
  const { store, told } = await visit(t);
  store.carryOut({ type: 'unshelve', key: key(1) });
  await until(() => told.length === 1);
  assert.deepEqual(told, [{ type: 'unshelved', key: key(1) }]);
});

test('the_longest_unused_goes_first_over_all_titles', async (t) => {
  let now = 1_000;
  t.mock.method(Date, 'now', () => (now += 1));
  const other = await visit(t, { title: 'other', maxBytes: 100 });
  await shelve(other, 1, 40);
  const { store, told } = await visit(t, { maxBytes: 100 }, 'same disk');
  await shelve({ store, told }, 2, 30);
  await shelve({ store, told }, 3, 30);
  store.carryOut({ type: 'unshelve', key: key(2) });
  await until(() => told.at(-1)?.type === 'unshelved');
  await shelve({ store, told }, 4, 30);
  await until(() => other.told.some(({ type }) => type === 'dropped'));
  assert.deepEqual(other.told.at(-1), { type: 'dropped', keys: [{ key: key(1) }] }, 'its own tab hears of it');
  await shelve({ store, told }, 5, 20);
  assert.deepEqual(told.filter(({ type }) => type === 'dropped'), [{ type: 'dropped', keys: [{ key: key(3) }] }]);
  assert.deepEqual(await contents(), { sum: 80, sizes: [20, 30, 30] });
});

test('digests_stay_longer_than_the_segments_they_are_for', async (t) => {
  const visitor = await visit(t, { maxBytes: 100 });
  visitor.store.carryOut({ type: 'shelveDigests', key: key(9), bytes: bytes(9, 10) });
  for (const number of [1, 2, 3]) await shelve(visitor, number, 40);
  visitor.store.close();
  const { found } = await visit(t, {}, 'same disk');
  assert.deepEqual(found[1], { type: 'shelfDigests', batches: [{ key: key(9), bytes: bytes(9, 10) }] });
});

test('a_segment_that_is_written_again_counts_once', async (t) => {
  const visitor = await visit(t);
  await shelve(visitor, 1, 10);
  await shelve(visitor, 1, 25);
  assert.deepEqual(await contents(), { sum: 25, sizes: [25] });
  visitor.store.carryOut({ type: 'discard', keys: [key(1), key(2)] });
  await until(async () => (await contents()).sum === 0);
  assert.deepEqual(await contents(), { sum: 0, sizes: [] });
});

test('what_is_larger_than_all_room_is_refused_and_nothing_goes_for_it', async (t) => {
  const visitor = await visit(t, { maxBytes: 100 });
  await shelve(visitor, 1, 60);
  visitor.store.carryOut({ type: 'shelve', key: key(2), root: root(2), bytes: bytes(2, 101) });
  await until(() => visitor.told.at(-1)?.type === 'unshelvable');
  assert.deepEqual(await contents(), { sum: 60, sizes: [60] });
});

test('a_tab_hears_what_another_has_put_there', async (t) => {
  const [one, other] = [await visit(t), await visit(t, {}, 'same disk')];
  await shelve(one, 1, 10);
  await until(() => other.told.length === 1);
  assert.deepEqual(other.told, [{ type: 'shelfOpened', entries: [{ key: key(1), size: 10, root: root(1) }] }]);
});

test('two_tabs_that_write_at_once_lose_count_of_nothing', async (t) => {
  const tabs = [await visit(t, { maxBytes: 500 }), await visit(t, { maxBytes: 500 }, 'same disk')];
  for (let number = 0; number < 40; number += 1) {
    for (const { store } of tabs) {
      store.carryOut({ type: 'shelve', key: key(number), root: root(number), bytes: bytes(number, 20 + number) });
      if (number > 3) store.carryOut({ type: 'discard', keys: [key(number - 3)] });
    }
  }
  await until(() => tabs.every(({ told }) => told.filter(({ type }) => type === 'shelved').length === 40));
  await until(async () => {
    const { sum, sizes } = await contents();
    return sum === sizes.reduce((all, size) => all + size, 0) && sum <= 500;
  });
});

test('never_takes_more_than_a_tenth_of_what_the_browser_gives', async (t) => {
  const visitor = await visit(t, { maxBytes: 512 * KIB * KIB, quota: 1_000 });
  await shelve(visitor, 1, 60);
  await shelve(visitor, 2, 60);
  assert.deepEqual(await contents(), { sum: 60, sizes: [60] });
});

test('a_full_disk_costs_a_quarter_and_what_still_has_no_room_is_refused', async (t) => {
  const visitor = await visit(t, { maxBytes: 1_000 });
  for (const number of [1, 2, 3, 4]) await shelve(visitor, number, 100);
  const { put } = Object.getPrototypeOf(await bodies()) as IDBObjectStore;
  let refusals = 1;
  t.mock.method(Object.getPrototypeOf(await bodies()) as IDBObjectStore, 'put', function (this: IDBObjectStore, ...args: [unknown, IDBValidKey]) {
    if (this.name !== BODIES || refusals <= 0) return put.apply(this, args);
    refusals -= 1;
    this.transaction.abort();
    throw new DOMException('no room', 'QuotaExceededError');
  });
  await shelve(visitor, 5, 100);
  assert.deepEqual((await contents()).sum, 300, 'one more than the quarter went for it');
  refusals = 2;
  visitor.store.carryOut({ type: 'shelve', key: key(6), root: root(6), bytes: bytes(6, 10) });
  await until(() => visitor.told.at(-1)?.type === 'unshelvable');
  const { sum, sizes } = await contents();
  assert.equal(sum, sizes.reduce((all, size) => all + size, 0));
});

test('all_is_forgotten_when_the_site_says_so_and_tabs_hear_of_it', async (t) => {
  const visitor = await visit(t);
  await shelve(visitor, 1, 10);
  await clearStore();
  assert.deepEqual(await contents(), { sum: 0, sizes: [] });
  await until(() => visitor.told.at(-1)?.type === 'dropped');
  assert.deepEqual(visitor.told.at(-1), { type: 'dropped', keys: [{ key: key(1) }] });
});

test('a_database_that_does_not_open_in_time_is_done_without_and_closed', async (t) => {
  const closings = t.mock.method(IDBDatabase.prototype, 'close');
  Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
  let answer: ((estimate: object) => void) | undefined;
  const storage = { estimate: () => new Promise((resolve) => { answer = resolve; }) };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { storage } });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const opening = Store.open({ title: 'title', maxBytes: KIB }, () => undefined);
  await until(() => answer !== undefined);
  t.mock.timers.tick(1_000);
  await assert.rejects(opening, /in time/);
  assert.equal(closings.mock.callCount(), 0);
  answer?.({});
  await until(() => closings.mock.callCount() === 1);
});

test('a_store_whose_contents_cannot_be_read_is_closed_and_hears_of_nothing_more', async (t) => {
  const other = await visit(t);
  const closings = t.mock.method(IDBDatabase.prototype, 'close');
  const unreadable = t.mock.method(Object.getPrototypeOf(await bodies()) as IDBObjectStore, 'getAllKeys', () => {
    throw new DOMException('no room', 'QuotaExceededError');
  });
  const told: CoreInput[] = [];
  await assert.rejects(Store.open({ title: 'title', maxBytes: KIB }, (input) => told.push(input)), /no room/);
  assert.equal(closings.mock.callCount(), 1);
  unreadable.mock.restore();
  const third = await visit(t, {}, 'same disk');
  await shelve(other, 1, 10);
  await until(() => third.told.length === 1);
  assert.deepEqual(told, [], 'what other tabs keep is no news of it');
});

test('a_browser_without_a_database_has_no_store', async (t) => {
  Reflect.deleteProperty(globalThis, 'indexedDB');
  await assert.rejects(Store.open({ title: 'title', maxBytes: KIB }, () => undefined), /indexedDB/);
  await assert.rejects(visit(t, {}, 'same disk'), /indexedDB/);
});

/** What is told of the store, and what was found at its start. */
interface Visitor { store: Store; told: CoreInput[]; found: CoreInput[] }

/** A page opens the store, on an empty disk unless said otherwise. */
async function visit(
  t: TestContext, { title = 'title', maxBytes = 10 * KIB, quota = Infinity } = {}, disk: 'empty' | 'same disk' = 'empty',
): Promise<Visitor> {
  if (disk === 'empty') Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
  const storage = { estimate: () => Promise.resolve({ quota }) };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { storage } });
  const told: CoreInput[] = [];
  const [store, found] = await Store.open({ title, maxBytes }, (input) => told.push(input));
  t.after(() => store.close());
  return { store, told, found };
}

async function shelve({ store, told }: Pick<Visitor, 'store' | 'told'>, number: number, size: number): Promise<void> {
  const before = told.filter(({ type }) => type === 'shelved').length;
  store.carryOut({ type: 'shelve', key: key(number), root: root(number), bytes: bytes(number, size) });
  await until(() => told.filter(({ type }) => type === 'shelved').length > before);
}

async function bodies(): Promise<IDBObjectStore> {
  return (await openDatabase()).transaction([BODIES]).objectStore(BODIES);
}

async function contents(): Promise<{ sum: number; sizes: number[] }> {
  const database = await openDatabase();
  const look = database.transaction([ENTRIES, BODIES]);
  const [sum, kept] = await Promise.all([
    given<number | undefined>(look.objectStore(ENTRIES).get(SUM)), given<Uint8Array[]>(look.objectStore(BODIES).getAll()),
  ]);
  database.close();
  return { sum: sum ?? 0, sizes: kept.map(({ length }) => length).sort((a, b) => a - b) };
}

const key = (number: number) => new Uint8Array([number]);
const root = (number: number) => new Uint8Array(28).fill(number);
const bytes = (number: number, size: number) => new Uint8Array(size).fill(number);

/** Lets events happen until it is so; a test that waits in vain ends by its own limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await turn();
}
