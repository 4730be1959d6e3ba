// The sample clip's pictures as they leave an encoder of low latency: an initialization segment, and segments in parts.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pictures, run, SEGMENT_S } from '../formats/film.js';

/** How many parts a segment has. */
export const PARTS = 5;
export const PART_S = SEGMENT_S / PARTS;

/** An encoder's output. */
export interface Parted {
  init: Buffer;
  /** Each segment's parts, in order. */
  segments: Buffer[][];
}

/** Cuts the pictures into fragments of ten frames, without another encoding. */
export async function parted(): Promise<Parted> {
  const { init, segments } = await pictures();
  const folder = await mkdtemp(join(tmpdir(), 'fugitive-parts-'));
  try {
    const [whole, cut] = [join(folder, 'whole.mp4'), join(folder, 'cut.mp4')];
    await writeFile(whole, Buffer.concat([init, ...segments.map(({ bytes }) => bytes)]));
    await run('ffmpeg', [
      '-v', 'error', '-i', whole, '-c', 'copy', '-frag_duration', String(PART_S * 1_000_000),
      '-movflags', '+empty_moov+default_base_moof+cmaf+skip_trailer', cut,
    ]);
    return group(await readFile(cut));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What stands before the first fragment, and the fragments, so many to a segment. */
function group(file: Buffer): Parted {
  const boxes = boxesOf(file);
  const starts = boxes.filter(({ type }) => type === 'moof').map(({ at }) => at);
  const parts = starts.map((at, index) => file.subarray(at, starts[index + 1] ?? file.length));
  const segments = Array.from({ length: Math.floor(parts.length / PARTS) }, (_, index) =>
    parts.slice(index * PARTS, (index + 1) * PARTS));
  return { init: file.subarray(0, starts[0]), segments };
}

function boxesOf(file: Buffer): { type: string; at: number }[] {
  const boxes = [];
  for (let at = 0; at + 8 <= file.length; at += Math.max(8, file.readUInt32BE(at))) {
    boxes.push({ type: file.toString('latin1', at + 4, at + 8), at });
  }
  return boxes;
}
