// What `integrity` asks for (Subresource Integrity, section 3.3), with `sha224-` beside the algorithms of browsers.

import { fromBase64, hexText } from '../encoding.js';
import { sha224 } from './sha224.js';

/** From the weakest to the strongest. */
const ALGORITHMS = ['sha224', 'sha256', 'sha384', 'sha512'] as const;
const TOKEN = /^(sha224|sha256|sha384|sha512)-([A-Za-z0-9+/_-]+)={0,2}(?:\?.*)?$/;

/** Digests of which one must be the bytes'. */
export interface Integrity {
  algorithm: typeof ALGORITHMS[number];
  /** Hexadecimal digits. */
  digests: string[];
}

/** The strongest that a value asks for; undefined where it asks for nothing, as where it is not understood. */
export function readIntegrity(value: string): Integrity | undefined {
  const tokens = value.split(/\s+/).flatMap((token) => {
    const [, algorithm, digest = ''] = TOKEN.exec(token) ?? [];
    return algorithm === undefined ? [] : [{ algorithm, digest: hexOf(digest) }];
  });
  const algorithm = [...ALGORITHMS].reverse().find((name) => tokens.some((token) => token.algorithm === name));
  if (algorithm === undefined) return undefined;
  return { algorithm, digests: tokens.filter((token) => token.algorithm === algorithm).map(({ digest }) => digest) };
}

/** The SHA-224 digests among what a value asks for, in hexadecimal digits: names of files, whatever counts beside them. */
export function sha224sIn(value: string): string[] {
  return readIntegrity(value.split(/\s+/).filter((token) => token.startsWith('sha224-')).join(' '))?.digests ?? [];
}

/** Whether bytes are what is asked for. */
export async function isIntact(bytes: ArrayBuffer, { algorithm, digests }: Integrity): Promise<boolean> {
  if (algorithm === 'sha224') return digests.includes(await sha224(new Uint8Array(bytes)));
  const digest = await crypto.subtle.digest(algorithm.replace('sha', 'SHA-'), bytes);
  return digests.includes(hexText(new Uint8Array(digest)));
}

function hexOf(base64: string): string {
  try {
    return hexText(fromBase64(base64));
  } catch {
    return '';
  }
}
