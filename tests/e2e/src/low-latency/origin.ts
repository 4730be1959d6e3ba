// A live stream of low latency, DASH and HLS: what is asked for before it is there is answered part by part as it comes.
// A third manifest lists what is there whole.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEGMENT_S } from '../formats/film.js';
import { FOR_ALL_SITES, listen } from '../loopback.js';
import { manifest, master, playlist, timeline } from './manifests.js';
import { PART_S, PARTS, parted, type Parted } from './parts.js';

/** How much of the stream is there when a player first asks for it, in seconds. */
const BEHIND_S = 15;

export class LiveOrigin {
  /** Where it is, once it has started. */
  url = '';
  /** Paths as they were asked for, without their queries. */
  readonly asked: string[] = [];
  /** How many segments were asked for by pages while they grew. */
  grown = 0;
  /** How many of those are still answered. */
  growing = 0;
  readonly #media: Parted;
  /** When a player first asked for something: until then the stream stands still. */
  #begunMs: number | undefined;

  private constructor(media: Parted) {
    this.#media = media;
  }

  /** Starts it on a free port; it ends with the test. */
  static async start(t: TestContext): Promise<LiveOrigin> {
    const origin = new LiveOrigin(await parted());
    origin.url = await listen(t, (request, response) => void origin.#answer(request, response).catch(() => response.destroy()));
    return origin;
  }

  /** How often paths of that form were asked for. */
  count(form: RegExp): number {
    return this.asked.filter((path) => form.test(path)).length;
  }

  /** What plays now at the live edge, in seconds on the stream's timeline. */
  edge(): number {
    return BEHIND_S + (this.#begunMs === undefined ? 0 : Date.now() - this.#begunMs) / 1_000;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    response.setHeaders(new Map(Object.entries(FOR_ALL_SITES)));
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    this.asked.push(url.pathname);
    // A seeder's requests are no page's.
    const isPage = request.headers.origin !== undefined;
    if (isPage) this.#begunMs ??= Date.now();
    if (url.pathname === '/live.mpd') return void end(response, 'application/dash+xml', manifest(Date.now() - this.edge() * 1_000));
    if (url.pathname === '/timeline.mpd') return void end(response, 'application/dash+xml', this.#timeline());
    if (url.pathname === '/live.m3u8') return void end(response, 'application/vnd.apple.mpegurl', master());
    if (url.pathname === '/video.m3u8') return this.#list(url.searchParams, response);
    if (url.pathname === '/init.mp4') return void end(response, 'video/mp4', this.#media.init);
    const [, time] = /^\/t(\d+)\.m4s$/.exec(url.pathname) ?? [];
    if (time !== undefined) return this.#parts(Number(time) / (SEGMENT_S * 1_000), undefined, response, isPage);
    const [, number, part] = /^\/(\d+)(?:-(\d+))?\.m4s$/.exec(url.pathname) ?? [];
    if (number === undefined) return void response.writeHead(404).end();
    await this.#parts(Number(number), part === undefined ? undefined : Number(part), response, isPage);
  }

  #timeline(): string {
    const edge = this.edge();
    return timeline(Date.now() - edge * 1_000, edge);
  }

  /** A page's request for what grows is under way until its answer is closed. */
  #counts(response: ServerResponse): void {
    this.grown += 1;
    this.growing += 1;
    response.once('close', () => { this.growing -= 1; });
  }

  /** The playlist; a player may wait for a part that is to come (RFC 8216bis, 6.2.5.2). */
  async #list(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const [segment, part] = ['_HLS_msn', '_HLS_part'].map((name) => query.get(name));
    if (segment != null) await this.#there(Number(segment) * PARTS + Number(part ?? PARTS - 1));
    end(response, 'application/vnd.apple.mpegurl', playlist(Math.floor(this.edge() / PART_S), this.#media.segments.length));
  }

  /** One part, or all of a segment as they come. */
  async #parts(segment: number, part: number | undefined, response: ServerResponse, isPage: boolean): Promise<void> {
    const parts = this.#media.segments[segment]?.map((bytes, index) => ({ bytes, index }))
      .filter(({ index }) => part === undefined || index === part) ?? [];
    const soonest = segment * SEGMENT_S - SEGMENT_S;
    if (parts.length === 0 || this.edge() < soonest) return void response.writeHead(404).end();
    const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const isWhole = this.edge() >= (segment * PARTS + PARTS) * PART_S;
    if (isPage && part === undefined && !isWhole) this.#counts(response);
    response.writeHead(200, { 'Content-Type': 'video/iso.segment', ...(isWhole && { 'Content-Length': length }) });
    for (const { bytes, index } of parts) {
      await this.#there(segment * PARTS + index);
      response.write(bytes);
    }
    response.end();
  }

  /** Waits until a part, counted from the stream's first, is there. */
  async #there(part: number): Promise<void> {
    await sleep(Math.max(0, ((part + 1) * PART_S - this.edge()) * 1_000));
  }
}

function end(response: ServerResponse, type: string, body: Buffer | string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
