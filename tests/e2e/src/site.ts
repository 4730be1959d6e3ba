// A static web server for a test: folders under prefixes, single pages, and the headers that a site would send.

import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { TestContext } from 'node:test';
import { listen } from './loopback.js';
import { ROOT } from './process.js';

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
  '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm',
};

/** Starts it on a free port; it ends with the test. Returns its origin. */
export function serve(t: TestContext, content: Content): Promise<string> {
  return listen(t, (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    void answer(path, content, response);
  });
}

/** A host of static files that any page may read: players under /npm/NAME/, the package's `dist` under /fugitive/. */
export function serveFiles(t: TestContext, dist: string): Promise<string> {
  return serve(t, {
    folders: { '/npm/': join(ROOT, 'node_modules'), '/fugitive/': dist },
    headers: { 'Access-Control-Allow-Origin': '*' },
  });
}

async function answer(path: string, content: Content, response: ServerResponse): Promise<void> {
  const { folders = {}, pages = {}, headers = {} } = content;
  const page = pages[path];
  const prefix = Object.keys(folders).find((prefix) => path.startsWith(prefix));
  const rest = normalize(`/${path.slice(prefix?.length)}`);
  const body = page ?? (prefix && await readFile(join(folders[prefix] ?? '', rest)).catch(() => undefined));
  if (body === undefined) return void response.writeHead(404).end();
  const type = page === undefined ? TYPES[extname(path)] ?? 'application/octet-stream' : 'text/html; charset=utf-8';
  response.writeHead(200, { 'Content-Type': type, ...headers }).end(body);
}
