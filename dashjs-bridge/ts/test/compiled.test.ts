// How the engine's wasm is loaded.

import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { compiled } from '../worker/compiled.js';

/** An empty module. */
const WASM = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

test('compiles_what_comes_whatever_type_the_server_gives_it', async (t) => {
  for (const type of ['application/wasm', 'application/octet-stream']) {
    const url = await served(t, (response) => response.writeHead(200, { 'Content-Type': type }).end(WASM));
    assert.ok(await compiled(url) instanceof WebAssembly.Module, type);
  }
});

test('says_where_there_is_none', async (t) => {
  const url = await served(t, (response) => response.writeHead(404).end());
  await assert.rejects(compiled(url), { message: `status 404 for ${url}` });
});

test('gives_up_what_never_comes', async (t) => {
  for (const begin of [() => undefined, (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'application/wasm' }).write(WASM)]) {
    const url = await served(t, begin);
    await assert.rejects(compiled(url, 50), { name: 'TimeoutError' });
  }
});

/** Where a server of one answer is. */
async function served(t: TestContext, answer: (response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((_, response) => void answer(response));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/engine.wasm`;
}
