// Moves fragments of ISO BMFF (ISO/IEC 14496-12) in time. Fields of a fixed width are written in place, so that no size changes.

const HEADER_BYTES = 8;
/** After the version, flags and, of version 1, two times of 64 bits; of version 0 they have 32. */
const TIMESCALE_OFFSETS = [12, 20] as const;

/** The box of a type among those that lie side by side in `bytes`. */
function find(bytes: Buffer, type: string): Buffer {
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (size < HEADER_BYTES || at + size > bytes.length) break;
    const body = bytes.subarray(at + HEADER_BYTES, at + size);
    if (bytes.toString('latin1', at + 4, at + HEADER_BYTES) === type) return body;
    at += size;
  }
  throw new Error(`the clip is not as \`cargo xtask media\` makes it: no box ${type}`);
}

/** In how many parts of a second an init segment's one track counts. */
export function timescaleOf(init: Buffer): number {
  const header = ['moov', 'trak', 'mdia', 'mdhd'].reduce(find, init);
  return header.readUInt32BE(header[0] === 1 ? TIMESCALE_OFFSETS[1] : TIMESCALE_OFFSETS[0]);
}

/** The same samples, `shift` parts of a second later, as fragment number `sequence`. */
export function moved(fragment: Buffer, shift: number, sequence: number): Buffer {
  const copy = Buffer.from(fragment);
  const movie = find(copy, 'moof');
  find(movie, 'mfhd').writeUInt32BE(sequence, 4);
  const time = find(find(movie, 'traf'), 'tfdt');
  if (time[0] === 1) time.writeBigUInt64BE(time.readBigUInt64BE(4) + BigInt(shift), 4);
  else time.writeUInt32BE(time.readUInt32BE(4) + shift, 4);
  return copy;
}
