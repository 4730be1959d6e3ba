// Common encryption of sound (ISO/IEC 23001-7, scheme `cenc`): each sample as a whole, by a key that a licence brings.

import { createCipheriv, randomBytes } from 'node:crypto';
import type { Segment, Track } from './film.js';

/** Bytes of a sample's own vector. */
const VECTOR = 8;
/** Of an `mp4a` box up to the boxes in it. */
const SAMPLE_ENTRY = 36;
/** Of an `stsd` box up to its entries. */
const DESCRIPTIONS = 16;
const HEADER = 8;

/** A key, and what to do with it. */
export class ClearKey {
  readonly #id = randomBytes(16);
  readonly #key = randomBytes(16);

  /** Its id as an MPD writes it. */
  id(): string {
    return this.#id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** The licence, as W3C's Clear Key has it. */
  licence(): string {
    const key = { kty: 'oct', kid: this.#id.toString('base64url'), k: this.#key.toString('base64url') };
    return JSON.stringify({ keys: [key], type: 'temporary' });
  }

  /** A track whose media is encrypted. */
  protect({ init, segments, ...track }: Track): Track {
    let sample = 0n;
    const encrypted = segments.map((segment): Segment => {
      const { bytes, samples } = this.#encrypt(segment.bytes, sample);
      sample += BigInt(samples);
      return { ...segment, bytes };
    });
    return { ...track, init: this.#describe(init), segments: encrypted };
  }

  /** Says in the initialization segment how samples are encrypted. */
  #describe(init: Buffer): Buffer {
    const scheme = fullBox('schm', Buffer.from('cenc'), uint32(0x1_0000));
    const defaults = fullBox('tenc', Buffer.from([0, 0, 1, VECTOR]), this.#id);
    const how = box('sinf', box('frma', Buffer.from('mp4a')), scheme, box('schi', defaults));
    const entry = within(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd', 'mp4a']).at(-1) ?? 0;
    const described = insert(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd', 'mp4a'], how);
    described.write('enca', entry + 4, 'latin1');
    return described;
  }

  /** Encrypts a fragment's samples, and says in it by which vectors. */
  #encrypt(fragment: Buffer, first: bigint): { bytes: Buffer; samples: number } {
    const [moof = 0, traf = 0, run = 0] = within(fragment, ['moof', 'traf', 'trun']);
    const samples = fragment.readUInt32BE(run + 12);
    const vectors = Array.from({ length: samples }, (_, index) => {
      const vector = Buffer.alloc(VECTOR);
      vector.writeBigUInt64BE(first + BigInt(index));
      return vector;
    });
    const sizes = fullBox('saiz', Buffer.from([VECTOR]), uint32(samples));
    const end = traf + fragment.readUInt32BE(traf);
    // From the fragment's first byte to the first vector, past this box itself and the head of the next.
    const place = fullBox('saio', uint32(1), uint32(end + sizes.length + 20 + 16 - moof));
    const told = Buffer.concat([sizes, place, fullBox('senc', uint32(samples), ...vectors)]);
    const bytes = insert(fragment, ['moof', 'traf'], told);
    let at = moof + fragment.readInt32BE(run + 16) + told.length;
    bytes.writeInt32BE(at - moof, run + 16);
    vectors.forEach((vector, index) => {
      const size = fragment.readUInt32BE(run + 20 + 4 * index);
      const cipher = createCipheriv('aes-128-ctr', this.#key, Buffer.concat([vector, Buffer.alloc(16 - VECTOR)]));
      cipher.update(bytes.subarray(at, at + size)).copy(bytes, at);
      at += size;
    });
    return { bytes, samples };
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([uint32(HEADER + body.length), Buffer.from(type, 'latin1'), body]);
}

function fullBox(type: string, ...content: Buffer[]): Buffer {
  return box(type, uint32(0), ...content);
}

/** Where the boxes of a path begin, each inside of the one before. */
function within(bytes: Buffer, path: string[]): number[] {
  const found: number[] = [];
  let [at, end] = [0, bytes.length];
  for (const type of path) {
    while (at < end && bytes.toString('latin1', at + 4, at + 8) !== type) at += bytes.readUInt32BE(at);
    if (at >= end) throw new Error(`no ${type}`);
    found.push(at);
    end = at + bytes.readUInt32BE(at);
    at += type === 'stsd' ? DESCRIPTIONS : type === 'mp4a' ? SAMPLE_ENTRY : HEADER;
  }
  return found;
}

/** Adds bytes at the end of the last box of a path. */
function insert(bytes: Buffer, path: string[], added: Buffer): Buffer {
  const places = within(bytes, path);
  const last = places.at(-1) ?? 0;
  const end = last + bytes.readUInt32BE(last);
  const grown = Buffer.concat([bytes.subarray(0, end), added, bytes.subarray(end)]);
  for (const at of places) grown.writeUInt32BE(bytes.readUInt32BE(at) + added.length, at);
  return grown;
}
