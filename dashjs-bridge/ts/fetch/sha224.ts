// SHA-224 (FIPS 180-4), which browsers' own cryptography lacks.

const BLOCK = 64;
/** What is hashed in one go, in bytes: 1 to 3 ms. */
const SLICE = 64 << 10;
/** The second half of the square roots' fractions of the ninth to sixteenth primes. */
const START = [
  0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
];
/** The first half of the cube roots' fractions of the first 64 primes. */
const ROUNDS = Uint32Array.from(primes(64), (prime) => (Math.cbrt(prime) % 1) * 2 ** 32);

/** The digest of some bytes, as 56 hexadecimal digits. The page gets its turn in between, however many they are. */
export async function sha224(bytes: Uint8Array): Promise<string> {
  const state = Uint32Array.from(START);
  const whole = bytes.length - (bytes.length % BLOCK);
  for (let at = 0; at < whole; at += SLICE) {
    if (at > 0) await turn();
    compressAll(state, bytes.subarray(at, Math.min(at + SLICE, whole)));
  }
  compressAll(state, padded(bytes.subarray(whole), bytes.length));
  return Array.from(state.subarray(0, 7), (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Lets the page do what waits for it. Timers would make each turn wait for 4 ms, and in hidden pages for a second. */
function turn(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(undefined);
  });
}

/** The last blocks: what is left over, a bit, zeros, and the length in bits. */
function padded(rest: Uint8Array, length: number): Uint8Array {
  const blocks = new Uint8Array(rest.length + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  blocks.set(rest);
  blocks[rest.length] = 0x80;
  new DataView(blocks.buffer).setBigUint64(blocks.length - 8, BigInt(length) * 8n);
  return blocks;
}

function compressAll(state: Uint32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(64);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(at + 4 * index);
    compress(state, words);
  }
}

/** One block, by the standard's section 6.2.2; its names. */
function compress(state: Uint32Array, w: Uint32Array): void {
  const word = (index: number) => w[index] as number;
  for (let t = 16; t < 64; t += 1) {
    const [before2, before15] = [word(t - 2), word(t - 15)];
    const s1 = turned(before2, 17) ^ turned(before2, 19) ^ (before2 >>> 10);
    const s0 = turned(before15, 7) ^ turned(before15, 18) ^ (before15 >>> 3);
    w[t] = s1 + word(t - 7) + s0 + word(t - 16);
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t += 1) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + (ROUNDS[t] as number) + word(t);
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, index) => { state[index] = (state[index] as number) + value; });
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number += 1) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}
