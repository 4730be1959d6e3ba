// The sample clip in other shapes: each track as one file with an index, and as MPEG-TS.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ROOT } from '../process.js';

/** How many segments a track has, of 2 s each in the mean. */
export const SEGMENTS = 24;
export const SEGMENT_S = 2;
export const FILM_S = SEGMENTS * SEGMENT_S;

/** A track's initialization segment and media segments. */
export interface Track {
  timescale: number;
  init: Buffer;
  segments: Segment[];
}

export interface Segment {
  bytes: Buffer;
  /** On the track's timescale. */
  start: number;
  duration: number;
}

/** A track as one file, and where its parts are. */
export interface SingleFile {
  bytes: Buffer;
  init: Range;
  index: Range;
  segments: Range[];
}

/** First byte and length. */
export interface Range { at: number; length: number }

/** The pictures of one rung: every segment is of 50 frames. */
export function pictures(): Promise<Track> {
  return read('v360', 12_800, (index) => index * SEGMENT_S * 12_800);
}

/** The sound: a segment begins with the first frame of 1,024 samples at or after every other second. */
export function sound(): Promise<Track> {
  return read('a64', 48_000, (index) => Math.ceil((index * SEGMENT_S * 48_000) / 1_024) * 1_024);
}

async function read(folder: string, timescale: number, start: (index: number) => number): Promise<Track> {
  const file = (name: string) => readFile(join(ROOT, 'sample-media', folder, name));
  const segments = await Promise.all(Array.from({ length: SEGMENTS }, async (_, index) => ({
    bytes: await file(`${index + 1}.m4s`), start: start(index), duration: start(index + 1) - start(index),
  })));
  return { timescale, init: await file('init.mp4'), segments };
}

/** One file: the initialization segment, a `sidx` of all segments, and these. */
export function singleFile({ timescale, init, segments }: Track): SingleFile {
  const index = segmentIndex(timescale, segments);
  let at = init.length + index.length;
  const ranges = segments.map(({ bytes }) => {
    const range = { at, length: bytes.length };
    at += bytes.length;
    return range;
  });
  return {
    bytes: Buffer.concat([init, index, ...segments.map(({ bytes }) => bytes)]),
    init: { at: 0, length: init.length },
    index: { at: init.length, length: index.length },
    segments: ranges,
  };
}

/** ISO/IEC 14496-12, 8.16.3, version 0: each segment begins with a stream access point of type 1. */
function segmentIndex(timescale: number, segments: Segment[]): Buffer {
  const box = Buffer.alloc(32 + 12 * segments.length);
  box.writeUInt32BE(box.length, 0);
  box.write('sidx', 4, 'latin1');
  box.writeUInt32BE(1, 12);
  box.writeUInt32BE(timescale, 16);
  box.writeUInt16BE(segments.length, 30);
  segments.forEach(({ bytes, duration }, index) => {
    const at = 32 + 12 * index;
    box.writeUInt32BE(bytes.length, at);
    box.writeUInt32BE(duration, at + 4);
    box.writeUInt32BE(0x9000_0000, at + 8);
  });
  return box;
}

/** Pictures and sound together in segments of MPEG-TS, by ffmpeg and without another encoding. */
export async function transportStream(t: TestContext, ...tracks: Track[]): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fugitive-ts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const inputs = await Promise.all(tracks.map(async (track, index) => {
    const path = join(folder, `${index}.mp4`);
    await writeFile(path, Buffer.concat([track.init, ...track.segments.map(({ bytes }) => bytes)]));
    return ['-i', path];
  }));
  await run('ffmpeg', [
    '-v', 'error', ...inputs.flat(), ...tracks.flatMap((_, index) => ['-map', String(index)]), '-c', 'copy',
    '-f', 'hls', '-hls_time', String(SEGMENT_S), '-hls_list_size', '0',
    '-hls_segment_filename', join(folder, 's%02d.ts'), join(folder, 'list.m3u8'),
  ]);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

/** Runs a program to its end. */
export async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((done, failed) => child.once('exit', done).once('error', failed));
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
}
