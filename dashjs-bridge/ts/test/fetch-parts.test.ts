// What `fugitiveFetch` is made of: digests, what `integrity` asks for, the list of files, shared transfers, responses.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FugitiveOptionError } from '../errors.js';
import { digestsAt, type Markup } from '../fetch/attributes.js';
import { createFetch } from '../fetch/create.js';
import { isIntact, readIntegrity, sha224sIn } from '../fetch/integrity.js';
import { FileList } from '../fetch/list.js';
import { isPlain } from '../fetch/plain.js';
import { FileResponse, Source, type Head } from '../fetch/response.js';
import { sha224 } from '../fetch/sha224.js';
import { Transfers } from '../fetch/transfers.js';
import { typeOf } from '../fetch/types.js';
import type { Answer } from '../page/engine.js';
import { turn } from './turn.js';

const PAGE = 'https://static.example/site/index.html';
const hex = (bytes: Uint8Array, algorithm = 'sha224') => createHash(algorithm).update(bytes).digest('hex');
const base64 = (text: string, algorithm = 'sha224') => createHash(algorithm).update(text).digest('base64');

test('sha224_is_that_of_the_standard_whatever_the_length', async () => {
  assert.equal(await sha224(new TextEncoder().encode('abc')), '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7');
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1_000, 65_537, 262_144, 262_145, 600_000]) {
    const bytes = randomBytes(length);
    assert.equal(await sha224(bytes), hex(bytes), `${length} bytes`);
  }
});

test('a_page_gets_its_turns_while_a_large_file_is_hashed', async () => {
  let turns = 0;
  const others = setInterval(() => { turns += 1; }, 1);
  await sha224(randomBytes(4 << 20));
  clearInterval(others);
  assert.ok(turns >= 3, `${turns} turns of others`);
});

test('of_several_digests_the_strongest_counts_and_what_is_not_understood_does_not', async () => {
  const bytes = new TextEncoder().encode('text').buffer;
  const right = (algorithm: string) => `${algorithm}-${base64('text', algorithm)}`;
  const wrong = (algorithm: string) => `${algorithm}-${base64('other', algorithm)}`;
  const table: [string, boolean | undefined][] = [
    ['', undefined],
    ['md5-AAAA', undefined],
    ['sha224', undefined],
    [right('sha224'), true],
    [wrong('sha224'), false],
    [`${wrong('sha224')} ${right('sha224')}`, true],
    [`${right('sha224')}?note`, true],
    [`md5-AAAA\n\t${right('sha224')}`, true],
    [`${wrong('sha224')} ${right('sha256')}`, true],
    [`${right('sha224')} ${wrong('sha384')}`, false],
    [`${wrong('sha256')} ${right('sha512')}`, true],
    ['sha224-!!!!', undefined],
    ['sha224-A', false],
  ];
  for (const [value, expected] of table) {
    const integrity = readIntegrity(value);
    assert.equal(integrity && await isIntact(bytes, integrity), expected, JSON.stringify(value));
  }
});

const LIST_URL = 'https://static.example/site/fugitive.files';
const LIST = `fugitive files 1\nswarm\tsite\nmade\t1\nexpires\t2\n${[
  [3, 'a.css', 'text/css; charset=utf-8'], [4, 'img/%C3%BC.png', 'image/png'],
].map(([bytes, reference, type]) => `${bytes}\t${'0'.repeat(56)}\t${hex(Buffer.from(String(reference)))}\t${type}\t${reference}\n`).join('')}signature\t00\n`;

test('files_of_a_list_are_found_by_their_urls_and_digests', () => {
  const list = new FileList(LIST, LIST_URL);
  assert.deepEqual(list.urls, ['https://static.example/site/a.css', 'https://static.example/site/img/%C3%BC.png']);
  assert.equal(list.at('https://static.example/site/a.css#top')?.type, 'text/css; charset=utf-8');
  assert.equal(list.at(new URL('img/ü.png', LIST_URL).href)?.bytes, 4);
  assert.equal(list.like(['00', hex(Buffer.from('a.css'))])?.url, 'https://static.example/site/a.css');
  for (const other of ['a.css?v=1', 'A.css', 'a.css/', '../a.css', 'fugitive.files']) {
    assert.equal(list.at(new URL(other, LIST_URL).href), undefined, other);
  }
  assert.throws(() => new FileList('<!doctype html>', LIST_URL), /no list of files/);
});

test('peers_may_answer_only_what_asks_for_a_file_and_nothing_else', () => {
  const [own, other] = ['https://static.example/a.js', 'https://cdn.example/a.js'];
  const table: [string, RequestInit, boolean][] = [
    [own, {}, true],
    [own, { headers: { Accept: 'text/javascript', 'Accept-Language': 'de' } }, true],
    [own, { credentials: 'include' }, true],
    [own, { cache: 'force-cache' }, true],
    [other, {}, true],
    [own, { redirect: 'error' }, false],
    [own, { redirect: 'manual' }, false],
    [own, { method: 'HEAD' }, false],
    [own, { method: 'POST', body: 'x' }, false],
    [own, { headers: { Range: 'bytes=0-1' } }, false],
    [own, { headers: { Authorization: 'x' } }, false],
    [own, { headers: { 'If-None-Match': '"1"' } }, false],
    [own, { cache: 'no-store' }, false],
    [own, { cache: 'reload' }, false],
    [own, { cache: 'no-cache' }, false],
    [own, { keepalive: true }, false],
    [other, { credentials: 'include' }, false],
    [other, { mode: 'no-cors' }, false],
    [other, { mode: 'same-origin' }, false],
    ['blob:https://static.example/6f9c1a52-60b1-4b0d-9d43-4f4bd8e6f2a1', {}, false],
    ['data:text/plain,text', {}, false],
  ];
  for (const [url, init, expected] of table) {
    assert.equal(isPlain(new Request(url, init), PAGE), expected, `${url} ${JSON.stringify(init)}`);
  }
});

test('digests_of_elements_count_for_what_they_load', () => {
  const element = (attributes: Record<string, string>) => ({ getAttribute: (name: string) => attributes[name] ?? null });
  const markup = {
    baseURI: PAGE,
    querySelectorAll: () => [
      element({ src: 'a.js', integrity: `sha384-AAAA sha224-${base64('a')}` }),
      element({ src: '/site/a.js', 'data-integrity': `sha224-${base64('b')}` }),
      element({ href: 'b.css', integrity: `sha224-${base64('c')}` }),
      element({ src: 'http://[', integrity: `sha224-${base64('d')}` }),
    ],
  } as unknown as Markup;
  assert.deepEqual(digestsAt('https://static.example/site/a.js', markup), [hex(Buffer.from('a')), hex(Buffer.from('b'))]);
  assert.deepEqual(digestsAt('https://static.example/site/c.js', markup), []);
});

test('a_digest_of_sha224_names_a_file_whatever_is_given_beside_it', () => {
  const [one, other] = [base64('a'), base64('b')];
  assert.deepEqual(sha224sIn(`sha384-AAAA sha224-${one}  sha256-AAAA\nsha224-${other}`), [hex(Buffer.from('a')), hex(Buffer.from('b'))]);
  assert.deepEqual(sha224sIn('sha256-AAAA nonsense'), []);
});

test('a_file_that_no_list_knows_has_the_type_of_its_name', () => {
  const table = [
    ['https://a.example/x/app.min.JS?v=2.css#top', 'text/javascript'], ['https://a.example/m.wasm', 'application/wasm'],
    ['https://a.example/model.bin', 'application/octet-stream'], ['https://a.example/', 'application/octet-stream'],
    ['https://a.example/x.constructor', 'application/octet-stream'],
  ] as const;
  for (const [url, type] of table) assert.equal(typeOf(url), type, url);
});

test('an_option_that_is_missing_or_wrong_is_named', () => {
  Object.defineProperty(globalThis, 'document', { value: { baseURI: PAGE }, configurable: true });
  const right = { signalingUrl: 'wss://signal.example/v1/ws', list: '/fugitive.files' };
  for (const [option, value] of [['list', ''], ['list', 'http://['], ['signalingUrl', ''], ['digestKey', '00']] as const) {
    assert.throws(() => createFetch({ ...right, [option]: value }),
      (error) => error instanceof FugitiveOptionError && error.option === option, `${option} = ${value}`);
  }
});

const delivered = (text: string): Answer =>
  ({ type: 'delivered', bytes: new TextEncoder().encode(text).buffer, sources: { origin: 0, seeder: 0, peer: 4, stored: 0 }, rate: 0 });

test('callers_of_one_file_share_a_transfer_and_one_that_leaves_harms_no_other', async () => {
  const asked: { url: string; answer: (answer: Answer) => void; takenBack: boolean }[] = [];
  const transfers = new Transfers(({ url, sha224 }, answer) => {
    const question = { url: `${url}${sha224 ?? ''}`, answer, takenBack: false };
    asked.push(question);
    return () => { question.takenBack = true; };
  });
  const { signal } = new AbortController();
  const leaver = new AbortController();
  const [first, second] = [transfers.get({ url: 'a' }, signal), transfers.get({ url: 'a' }, leaver.signal)];
  const other = transfers.get({ url: 'b' }, leaver.signal);
  leaver.abort(new Error('enough'));
  for (const left of [second, other]) await assert.rejects(left, /enough/);
  assert.deepEqual(asked.map(({ url, takenBack }) => [url, takenBack]), [['a', false], ['b', true]]);
  asked[0]?.answer(delivered('text'));
  assert.equal((await first).type, 'delivered');
  void transfers.get({ url: 'a' }, signal);
  void transfers.get({ url: 'b' }, signal);
  assert.equal(asked.length, 4, 'what is over is asked for anew');
  for (const sha224 of ['1', '2', '1']) void transfers.get({ url: 'b', sha224 }, signal);
  assert.deepEqual(asked.slice(4).map(({ url }) => url), ['b1', 'b2'], 'another digest is another file');
});

const HEAD: Head = {
  url: 'https://static.example/a.css', type: 'basic', status: 200, statusText: 'OK', redirected: false,
  headers: { 'Content-Type': 'text/css', 'Content-Length': '4' },
};
const source = (text: string, { signal } = new AbortController()) => new Source(new TextEncoder().encode(text).buffer, signal);

test('a_response_says_of_itself_what_the_browsers_own_would_and_so_does_its_clone', async () => {
  const response = new FileResponse(source('text'), HEAD);
  const clone = response.clone();
  for (const one of [response, clone]) {
    const { url, type, status, statusText, ok, redirected, headers, bodyUsed } = one;
    assert.deepEqual({ url, type, status, statusText, redirected, headers: HEAD.headers }, HEAD);
    assert.deepEqual([ok, bodyUsed, headers.get('content-type'), headers.get('content-length')], [true, false, 'text/css', '4']);
  }
  assert.ok(response instanceof Response);
  assert.equal(await response.text(), 'text');
  assert.equal(response.bodyUsed, true);
  await assert.rejects(response.text(), TypeError);
  assert.throws(() => response.clone(), TypeError);
  assert.equal((await (await clone.blob()).text()), 'text');
});

test('a_body_is_a_stream_of_bytes_that_its_signal_ends', async () => {
  const reader = new FileResponse(source('text'), HEAD).body?.getReader({ mode: 'byob' });
  const { value } = await reader?.read(new Uint8Array(3)) ?? {};
  assert.deepEqual(Buffer.from(value ?? []).toString(), 'tex');
  const controller = new AbortController();
  const aborted = new FileResponse(source('text', controller), HEAD);
  const read = new FileResponse(source('text', controller), HEAD);
  assert.equal(await read.text(), 'text');
  controller.abort();
  await assert.rejects(aborted.text(), { name: 'AbortError' });
  await assert.rejects(read.text(), TypeError, 'it was read before');
  assert.equal(new FileResponse(source(''), { ...HEAD, status: 204 }).body, null);
});

test('a_body_is_a_plain_stream_where_the_browser_has_none_of_bytes', async (t) => {
  const { ReadableByteStreamController } = globalThis;
  t.after(() => Object.assign(globalThis, { ReadableByteStreamController }));
  Reflect.deleteProperty(globalThis, 'ReadableByteStreamController');
  const { body } = new FileResponse(source('text'), HEAD);
  assert.throws(() => body?.getReader({ mode: 'byob' }), TypeError);
  assert.equal(await new FileResponse(source('text'), HEAD).text(), 'text');
  const controller = new AbortController();
  const aborted = new FileResponse(source('text', controller), HEAD);
  await turn();
  controller.abort();
  await assert.rejects(aborted.text(), { name: 'AbortError' }, 'it was not read before');
});

test('a_signal_keeps_no_body_that_nobody_reads', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const controller = new AbortController();
  const held = (() => {
    const bytes = new ArrayBuffer(1 << 20);
    const response = new FileResponse(new Source(bytes, controller.signal), HEAD);
    return [bytes, response].map((one) => new WeakRef(one));
  })();
  for (let round = 0; round < 10 && held.some((one) => one.deref() !== undefined); round += 1) {
    await turn();
    collect();
  }
  assert.deepEqual(held.map((one) => one.deref()), [undefined, undefined]);
  controller.abort();
});
