// What is watched: the sample clip again and again, in HLS segments of 4 s, two of the clip's in each. As a film of some
// minutes, or as a live stream that began one window before it is first asked for.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moved, timescaleOf } from './boxes.js';

export const SEGMENT_S = 4;
const CLIP_SEGMENT_S = 2;
const PARTS = SEGMENT_S / CLIP_SEGMENT_S;
/** How far back a live stream goes. */
export const WINDOW_S = 60;
/** Longer than anybody watches. */
export const FILM_S = 600;

interface Track {
  init: Buffer;
  timescale: number;
  /** The clip's own fragments, in order. */
  fragments: Buffer[];
}

/** An answer of the origin: what it is, and its type. */
export interface Answer {
  type: string;
  body: Buffer;
}

export class Clip {
  readonly #tracks: ReadonlyMap<string, Track>;
  readonly #multivariant: Buffer;
  readonly #beganMs: number;

  constructor(folder: string, nowMs: number) {
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'long');
    this.#tracks = new Map(names.map(({ name }) => [name, readTrack(join(folder, name))]));
    this.#multivariant = readFileSync(join(folder, 'master.m3u8'));
    this.#beganMs = Math.floor(nowMs / 1_000 - WINDOW_S) * 1_000;
  }

  /** `film/master.m3u8`, `live/v540.m3u8`, `live/v540/17.m4s`; undefined is for what is not, or not yet, there. */
  answer(path: string, nowMs: number): Answer | undefined {
    const [, stream, track, name] = /^(film|live)\/(\w+)(?:\/(\w+)\.(?:mp4|m4s)|\.m3u8)$/.exec(path) ?? [];
    const last = stream === 'film' ? FILM_S / SEGMENT_S : Math.floor((nowMs - this.#beganMs) / (SEGMENT_S * 1_000));
    if (track === undefined) return undefined;
    if (name === undefined) {
      if (track === 'master') return { type: 'application/vnd.apple.mpegurl', body: this.#multivariant };
      if (!this.#tracks.has(track)) return undefined;
      const text = stream === 'film' ? film(track, last) : live(track, last, this.#beganMs);
      return { type: 'application/vnd.apple.mpegurl', body: Buffer.from(text) };
    }
    const found = this.#tracks.get(track);
    if (found === undefined) return undefined;
    if (name === 'init') return { type: 'video/mp4', body: found.init };
    const number = Number(name);
    if (!Number.isInteger(number) || number < 1 || number > last) return undefined;
    return { type: 'video/iso.segment', body: segment(found, number) };
  }
}

function readTrack(folder: string): Track {
  const init = readFileSync(join(folder, 'init.mp4'));
  const count = readdirSync(folder).filter((name) => /^\d+\.m4s$/.test(name)).length;
  const fragments = Array.from({ length: count }, (_, place) => readFileSync(join(folder, `${place + 1}.m4s`)));
  return { init, timescale: timescaleOf(init), fragments };
}

function segment({ fragments, timescale }: Track, number: number): Buffer {
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const place = (number - 1) * PARTS + part;
    const turn = Math.floor(place / fragments.length);
    const fragment = fragments[place % fragments.length];
    if (fragment === undefined) throw new Error('the clip has no segments: make it with `cargo xtask media`');
    return moved(fragment, turn * fragments.length * CLIP_SEGMENT_S * timescale, place + 1);
  });
  return Buffer.concat(parts);
}

function head(track: string, first: number): string {
  return `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:${SEGMENT_S}\n#EXT-X-MEDIA-SEQUENCE:${first}\n`
    + `#EXT-X-MAP:URI="${track}/init.mp4"\n`;
}

function list(track: string, first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, place) => `#EXTINF:${SEGMENT_S}.0,\n${track}/${first + place}.m4s\n`)
    .join('');
}

function film(track: string, last: number): string {
  return `${head(track, 1)}#EXT-X-PLAYLIST-TYPE:VOD\n${list(track, 1, last)}#EXT-X-ENDLIST\n`;
}

function live(track: string, last: number, beganMs: number): string {
  const first = Math.max(1, last - WINDOW_S / SEGMENT_S + 1);
  const date = new Date(beganMs + (first - 1) * SEGMENT_S * 1_000).toISOString();
  return `${head(track, first)}#EXT-X-PROGRAM-DATE-TIME:${date}\n${list(track, first, last)}`;
}
