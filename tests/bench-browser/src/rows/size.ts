// Row `size`: what a page loads besides its player, after brotli at its best.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { ROOT } from '../../../e2e/src/process.js';
import { figure, sum, type Figure } from '../figures.js';

/** The largest page of either format. */
const DASH = ours('fugitive_dash.wasm', 'dashjs.js');
const HLS = ours('fugitive_hls.wasm', 'hlsjs.js');
const ANCHORS = 'tests/bench-browser/anchors/node_modules';
const LEADERS: readonly (readonly [name: string, path: string])[] = [
  ['core', `${ANCHORS}/p2p-media-loader-core/dist/p2p-media-loader-core.es.min.js`],
  ['adapter', `${ANCHORS}/p2p-media-loader-hlsjs/dist/p2p-media-loader-hlsjs.es.min.js`],
];
const KB = 1_000;
/** Sections of wasm by their numbers, and what is in them. */
const SECTIONS: ReadonlyMap<number, string> = new Map([[10, 'code'], [11, 'data']]);

export function size(): Figure[] {
  const goal = { atMost: 150 };
  return [
    ...weigh('fugitive for dash.js', DASH, goal), ...weigh('fugitive for hls.js', HLS, goal), ...sections(),
    ...weigh('p2p-media-loader', LEADERS),
  ];
}

function ours(wasm: string, adapter: string): readonly (readonly [name: string, path: string])[] {
  return [['wasm', wasm], ['worker', 'worker.js'], ['adapter', adapter]].map(([name = '', file]) => [name, `dashjs-bridge/dist/${file}`]);
}

function weigh(who: string, files: readonly (readonly [string, string])[], goal?: { atMost: number }): Figure[] {
  const weights = files.map(([name, path]) => [name, brotliCompressSync(readFileSync(join(ROOT, path))).length / KB] as const);
  return [
    figure(`size, ${who}`, sum(weights.map(([, kb]) => kb)), 'KB', goal),
    ...weights.map(([name, kb]) => figure(`size, ${who}: ${name}`, kb, 'KB')),
  ];
}

/** Each part of the wasm compressed by itself: together they are a little less. */
function sections(): Figure[] {
  const [, path] = DASH[0] ?? ['', ''];
  const wasm = readFileSync(join(ROOT, path));
  const found = new Map<string, Buffer[]>();
  // After magic number and version: a number, a length, and so many bytes (WebAssembly 2.0, 5.5.2).
  for (let at = 8; at < wasm.length;) {
    const name = SECTIONS.get(wasm[at] ?? 0) ?? 'the rest';
    const [length, body] = readLength(wasm, at + 1);
    found.set(name, [...found.get(name) ?? [], wasm.subarray(body, body + length)]);
    at = body + length;
  }
  return [...found].map(([name, parts]) => figure(`size, fugitive for dash.js: wasm's ${name}`, brotliCompressSync(Buffer.concat(parts)).length / KB, 'KB'));
}

/** A number in LEB128, and where it ends. */
function readLength(bytes: Buffer, from: number): [value: number, end: number] {
  let value = 0;
  for (let at = from, shift = 0; at < bytes.length; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
  throw new Error('the wasm ends within a number');
}
