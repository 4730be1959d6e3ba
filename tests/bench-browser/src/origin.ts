// The origin: the clip, and the pages with their scripts, over a link that all viewers share. Seeders have a door of their own,
// beside the link. What is sent of media is counted at each door.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { join } from 'node:path';
import { ROOT } from '../../e2e/src/process.js';
import { Clip } from './clip.js';
import type { Contestant } from './contestants.js';
import { pageOf } from './contestants.js';

/** The link's width: what the best rung takes for twenty viewers. */
export const LINK_MBPS = 16;
const DELAY_MS = 20;
/** Responses share the link in turns of this size. */
const QUANTUM = 16_384;

const FOLDERS: Record<string, string> = {
  '/fugitive/': 'dashjs-bridge/dist',
  '/hls.js/': 'node_modules/hls.js/dist',
  '/anchors/': 'tests/bench-browser/anchors/node_modules',
};
const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };

/** Bytes of segments that were sent so far. */
export interface Sent {
  viewers: number;
  seeders: number;
}

type Door = keyof Sent;

export class Origin {
  readonly sent: Sent = { viewers: 0, seeders: 0 };
  readonly #clip = new Clip(join(ROOT, 'sample-media'), Date.now());
  readonly #contestants: readonly Contestant[];
  readonly #script: string;
  readonly #servers: Server[] = [];
  readonly #packed = new Map<string, Buffer>();
  #freeAt = 0;

  private constructor(contestants: readonly Contestant[], script: string) {
    this.#contestants = contestants;
    this.#script = script;
  }

  /** `script` is what every page runs. */
  static async start(contestants: readonly Contestant[], script: string): Promise<[origin: Origin, viewers: string, seeders: string]> {
    const origin = new Origin(contestants, script);
    return [origin, await origin.#open('viewers'), await origin.#open('seeders')];
  }

  stop(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #open(door: Door): Promise<string> {
    const server = createServer((request, response) => void this.#answer(door, request, response));
    this.#servers.push(server);
    await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #answer(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (door === 'viewers') await sleep(DELAY_MS);
    const media = this.#clip.answer(path.slice(1), Date.now());
    if (media === undefined) return this.#answerFile(path, response);
    const [status, body, range] = partOf(media.body, request.headers.range);
    response.writeHead(status, {
      'Content-Type': media.type, 'Content-Length': body.length, 'Cache-Control': 'no-store', 'Accept-Ranges': 'bytes', ...range,
    });
    await this.#send(door, body, response, media.type.startsWith('video/'));
  }

  /** Scripts come compressed, as any host would send them. */
  async #answerFile(path: string, response: ServerResponse): Promise<void> {
    const body = this.#packed.get(path) ?? this.#pack(path);
    if (body === undefined) return void response.writeHead(404).end();
    this.#packed.set(path, body);
    const type = TYPES[/\.(\w+)$/.exec(path)?.[1] ?? ''] ?? 'text/html; charset=utf-8';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length, 'Content-Encoding': 'br' });
    await this.#send('viewers', body, response, false);
  }

  #pack(path: string): Buffer | undefined {
    if (path === '/watch.js') return brotliCompressSync(this.#script);
    const contestant = this.#contestants.find(({ name }) => path === `/${name}`);
    if (contestant !== undefined) return brotliCompressSync(pageOf(contestant));
    const prefix = Object.keys(FOLDERS).find((prefix) => path.startsWith(prefix));
    if (prefix === undefined || path.includes('..')) return undefined;
    try {
      return brotliCompressSync(readFileSync(join(ROOT, FOLDERS[prefix] ?? '', path.slice(prefix.length))));
    } catch {
      return undefined;
    }
  }

  async #send(door: Door, body: Buffer, response: ServerResponse, counted: boolean): Promise<void> {
    for (let at = 0; at < body.length && !response.destroyed; at += QUANTUM) {
      const part = body.subarray(at, at + QUANTUM);
      if (door === 'viewers') await this.#pass(part.length);
      if (response.destroyed) return;
      response.write(part);
      if (counted) this.sent[door] += part.length;
    }
    response.end();
  }

  /** Waits until the link has carried what was before, and so many bytes. */
  #pass(bytes: number): Promise<void> {
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / (LINK_MBPS * 125);
    return sleep(this.#freeAt - now);
  }
}

/** Status, bytes and header of what a Range header asks for. */
function partOf(body: Buffer, range: string | undefined): [status: number, part: Buffer, headers: Record<string, string>] {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return [200, body, {}];
  const first = Number(from);
  const last = to ? Math.min(Number(to), body.length - 1) : body.length - 1;
  if (first > last) return [416, Buffer.alloc(0), { 'Content-Range': `bytes */${body.length}` }];
  return [206, body.subarray(first, last + 1), { 'Content-Range': `bytes ${first}-${last}/${body.length}` }];
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => { setTimeout(done, ms); });
}
