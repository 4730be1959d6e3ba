// The service worker's pages: which is asked for what, and what becomes of questions that none answers.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MARK, type Question, type Reply, type ToProvider } from '../service-worker/messages.js';
import { Pages } from '../service-worker/pages.js';

const URLS = ['https://static.example/a.js', 'https://static.example/b.css'] as const;
const [A, B] = URLS;
const NONE = new Set<string>();
const GOT = { bytes: new Uint8Array([1, 2, 3]).buffer, type: 'text/javascript' };

test('the_page_that_wants_a_file_is_asked_for_it_or_else_the_latest_that_offers_it', async (t) => {
  const pages = new Pages(10_000, NONE);
  const asked: string[] = [];
  for (const client of ['first', 'second', 'third']) {
    page(t, pages, client, [client === 'third' ? B : A], (question, port) => {
      asked.push(client);
      port.postMessage({ id: question.id, file: GOT } satisfies Reply);
    });
  }
  assert.deepEqual([pages.has(A, 'page'), pages.has(B, 'page'), pages.has('https://static.example/c', 'page')], [true, true, false]);
  assert.equal((await pages.ask(A, 'first'))?.bytes.byteLength, 3);
  assert.equal((await pages.ask(A, 'third'))?.type, 'text/javascript');
  await pages.ask(B, 'first');
  assert.deepEqual(asked, ['first', 'second', 'third']);
  assert.equal(await pages.ask('https://static.example/c', 'first'), undefined);
  assert.equal(asked.length, 3);
});

test('a_page_that_is_loaded_anew_is_given_nothing_of_another_tab', async (t) => {
  const pages = new Pages(10_000, new Set(['page']));
  page(t, pages, 'other', [A, B], ({ id }, port) => port.postMessage({ id, file: GOT } satisfies Reply));
  assert.deepEqual([pages.has(A, 'page'), pages.has(A, 'third')], [false, true]);
  assert.equal(await pages.ask(A, 'page'), undefined);

  page(t, pages, 'page', [A], ({ id }, port) => port.postMessage({ id, file: { ...GOT, type: 'own' } } satisfies Reply));
  assert.deepEqual([pages.has(A, 'page'), pages.has(B, 'page')], [true, false], 'it has its list now');
  assert.equal((await pages.ask(A, 'page'))?.type, 'own');
});

test('a_page_is_told_the_integrity_that_a_tag_asks_for', async (t) => {
  const pages = new Pages(10_000, NONE);
  const asked: string[] = [];
  page(t, pages, 'page', [A], ({ id, integrity }, port) => {
    asked.push(integrity);
    port.postMessage({ id, file: GOT } satisfies Reply);
  });
  await pages.ask(A, 'page', 'sha384-x');
  await pages.ask(A, 'page');
  assert.deepEqual(asked, ['sha384-x', '']);
});

test('a_page_serves_many_at_once_and_each_answer_finds_its_question', async (t) => {
  const pages = new Pages(10_000, NONE);
  const waiting: Question[] = [];
  const port = page(t, pages, 'page', [A, B], (question) => {
    waiting.push(question);
    if (waiting.length < 2) return;
    for (const { id, url } of waiting.reverse()) port.postMessage({ id, file: { ...GOT, type: url } } satisfies Reply);
  });
  const got = await Promise.all([pages.ask(A, 'page'), pages.ask(B, 'page')]);
  assert.deepEqual(got.map((file) => file?.type), [A, B]);
});

test('what_a_page_does_not_answer_or_leaves_behind_is_nobodys', async (t) => {
  const pages = new Pages(300, NONE);
  page(t, pages, 'without', [A], ({ id }, port) => port.postMessage({ id } satisfies Reply));
  assert.equal(await pages.ask(A, 'without'), undefined);
  assert.equal(pages.has(A, 'page'), true, 'it has answered, and may have others');

  page(t, pages, 'silent', [A], () => undefined);
  assert.deepEqual(await Promise.all([pages.ask(A, 'silent'), pages.ask(A, 'silent')]), [undefined, undefined]);
  assert.equal(await pages.ask(B, 'silent'), undefined);

  page(t, pages, 'leaving', [B], (_, port) => port.postMessage({ gone: true } satisfies Reply));
  assert.equal(await pages.ask(B, 'leaving'), undefined);
  assert.equal(pages.has(B, 'page'), false);
});

test('a_page_that_has_heard_may_take_its_time_and_one_that_is_silent_thrice_is_asked_no_more', async (t) => {
  const pages = new Pages(10_000, NONE);
  page(t, pages, 'slow', [B], ({ id }, port) => {
    port.postMessage({ id, heard: true } satisfies Reply);
    setTimeout(() => port.postMessage({ id, file: GOT } satisfies Reply), 500);
  });
  assert.equal((await pages.ask(B, 'slow'))?.type, 'text/javascript');

  page(t, pages, 'frozen', [A], () => undefined);
  for (let silence = 0; silence < 3; silence += 1) {
    assert.equal(pages.has(A, 'page'), true);
    assert.equal(await pages.ask(A, 'frozen'), undefined);
  }
  assert.equal(pages.has(A, 'page'), false);
});

test('who_waits_for_a_page_goes_on_with_it_or_without', async (t) => {
  const pages = new Pages(10_000, NONE);
  await pages.arrival(20);
  const waiting = pages.arrival(60_000);
  page(t, pages, 'page', [A], () => undefined);
  await waiting;
  assert.equal(pages.has(A, 'page'), true);
});

test('a_client_waits_once_for_a_page_to_offer_files_and_not_at_all_where_one_does', async (t) => {
  let now = 5_000;
  t.mock.method(performance, 'now', () => now);
  const pages = new Pages(10_000, NONE);
  assert.equal(pages.patience('first', 2_000), 2_000);
  now += 1_500;
  assert.deepEqual([pages.patience('first', 2_000), pages.patience('second', 2_000)], [500, 2_000]);
  now += 60_000;
  assert.ok(pages.patience('first', 2_000) <= 0, 'nobody offers anything here');
  const port = page(t, pages, 'page', [A], () => undefined);
  assert.equal(pages.patience('third', 2_000), 0);
  port.postMessage({ gone: true } satisfies Reply);
  for (let turns = 0; turns < 1_000 && pages.patience('third', 2_000) === 0; turns += 1) {
    await new Promise((done) => { setTimeout(done, 1); });
  }
  assert.equal(pages.patience('third', 2_000), 2_000, 'it has gone');
});

/** A page that offers files, and answers as the test says. */
function page(
  t: TestContext, pages: Pages, client: string, urls: string[], answer: (question: Question, port: MessagePort) => void,
): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<ToProvider>) => {
    if (!('heard' in data)) answer(data, port1);
  };
  t.after(() => port1.close());
  pages.offered(client, { fugitive: MARK, urls }, port2);
  return port1;
}
