// A static web server for a test: folders under prefixes, single pages, and the headers that a site would send.

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { TestContext } from 'node:test';

/** What is served. */
export interface Content {
  /** Folders by the prefix of their addresses, each with a slash at its end. */
  folders?: Record<string, string>;
  /** Whole pages by their paths. */
  pages?: Record<string, string>;
  /** Sent with everything. */
  headers?: Record<string, string>;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css',
};

/** Starts it on a free port; it ends with the test. Returns its origin. */
export async function serve(t: TestContext, content: Content): Promise<string> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    void answer(path, content, response);
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(path: string, { folders = {}, pages = {}, headers = {} }: Content, response: ServerResponse): Promise<void> {
  const page = pages[path];
  const prefix = Object.keys(folders).find((prefix) => path.startsWith(prefix));
  const file = prefix === undefined ? undefined : join(folders[prefix] ?? '', normalize(`/${path.slice(prefix.length)}`));
  const body = page ?? (file === undefined ? undefined : await readFile(file).catch(() => undefined));
  if (body === undefined) return void response.writeHead(404).end();
  const type = page === undefined ? TYPES[extname(path)] ?? 'application/octet-stream' : 'text/html; charset=utf-8';
  response.writeHead(200, { 'Content-Type': type, ...headers }).end(body);
}
