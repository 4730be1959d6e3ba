// A font for tests, as small as one can be: one empty glyph, in the tables that browsers insist on (OpenType 1.9).

/** A TrueType font of that family. */
export function font(family: string): Buffer {
  const tables: [string, Buffer][] = [
    ['OS/2', os2()],
    ['cmap', cmap()],
    // No outline: the one glyph is empty. A table of no byte is refused.
    ['glyf', Buffer.alloc(4)],
    ['head', head()],
    ['hhea', words(1, 0, 800, 0xff38, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['hmtx', words(1000, 0)],
    ['loca', words(0, 0)],
    ['maxp', words(1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['name', name(family)],
    ['post', Buffer.concat([words(3, 0, 0, 0, 0, 0), Buffer.alloc(20)])],
  ];
  const directory = 12 + 16 * tables.length;
  const rows: Buffer[] = [words(1, 0, tables.length, 128, 3, 16 * tables.length - 128)];
  const bodies: Buffer[] = [];
  let offset = directory;
  for (const [tag, body] of tables) {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    rows.push(Buffer.from(tag, 'latin1'), longs(sum(padded), offset, body.length));
    bodies.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([...rows, ...bodies]);
}

function head(): Buffer {
  const start = longs(0x00010000, 0x00010000, 0, 0x5f0f3cf5);
  return Buffer.concat([start, words(3, 1000), Buffer.alloc(16), words(0, 0, 0, 0, 0, 8, 2, 0, 0)]);
}

function os2(): Buffer {
  const metrics = words(4, 500, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0);
  const middle = Buffer.concat([Buffer.alloc(10), longs(1, 0, 0, 0), Buffer.from('NONE', 'latin1')]);
  return Buffer.concat([metrics, middle, words(0x40, 32, 32, 800, 0xff38, 0, 800, 200), longs(1, 0), words(500, 700, 0, 32, 1)]);
}

/** Format 4, with a space as its only character. */
function cmap(): Buffer {
  return words(0, 1, 3, 1, 0, 12, 4, 32, 0, 4, 4, 1, 0, 32, 0xffff, 0, 32, 0xffff, 0xffe0, 1, 0, 0);
}

function name(family: string): Buffer {
  const text = Buffer.from(family, 'utf16le').swap16();
  const ids = [1, 4, 6];
  const rows = ids.map((id) => words(3, 1, 0x409, id, text.length, 0));
  return Buffer.concat([words(0, ids.length, 6 + 12 * ids.length), ...rows, text]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => buffer.writeUInt16BE(value, 2 * index));
  return buffer;
}

function longs(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => buffer.writeUInt32BE(value >>> 0, 4 * index));
  return buffer;
}

function sum(table: Buffer): number {
  let total = 0;
  for (let at = 0; at < table.length; at += 4) total = (total + table.readUInt32BE(at)) >>> 0;
  return total;
}
