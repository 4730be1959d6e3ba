// An origin of files in memory: ranges, other sites' pages, and a record of what was asked for.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { TestContext } from 'node:test';
import { FOR_ALL_SITES, listen } from '../loopback.js';

const TYPES: Record<string, string> = {
  '.mpd': 'application/dash+xml', '.m3u8': 'application/vnd.apple.mpegurl', '.mp4': 'video/mp4', '.m4s': 'video/iso.segment',
  '.ts': 'video/mp2t', '.vtt': 'text/vtt', '.json': 'application/json',
};

/** Files by path: bytes, or a text. */
export type Files = Map<string, Buffer | string>;

export class Origin {
  readonly url: string;
  /** Paths with their queries, as they were asked for. */
  readonly asked: readonly string[];

  private constructor(url: string, asked: readonly string[]) {
    this.url = url;
    this.asked = asked;
  }

  /** Starts it on a free port; it ends with the test. `files` may be filled later. */
  static async start(t: TestContext, files: Files): Promise<Origin> {
    const asked: string[] = [];
    const url = await listen(t, (request, response) => {
      if (request.method !== 'OPTIONS') asked.push(request.url ?? '');
      answer(files, request, response);
    });
    return new Origin(url, asked);
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((asked) => asked.split('?')[0] === path).length;
  }
}

function answer(files: Files, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  response.setHeaders(new Map(Object.entries(FOR_ALL_SITES)));
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  const file = files.get(path);
  if (file === undefined) return void response.writeHead(404).end();
  const bytes = Buffer.from(file);
  response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
  response.setHeader('Accept-Ranges', 'bytes');
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) return void response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  const first = Number(from);
  const last = Math.min(to === '' || to === undefined ? Infinity : Number(to), bytes.length - 1);
  if (first > last) return void response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
  response.writeHead(206, { 'Content-Range': `bytes ${first}-${last}/${bytes.length}`, 'Content-Length': last - first + 1 });
  response.end(bytes.subarray(first, last + 1));
}
