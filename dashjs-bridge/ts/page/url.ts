// Players' requests as the engine wants them: addresses, byte ranges, headers, kinds, and when what is asked for is whole.

import type { ByteRange } from '../core.js';

/** A URL in full; undefined for what is none. */
export function absolute(url: string | URL, page: string): string | undefined {
  try {
    return new URL(url, page).href;
  } catch {
    return undefined;
  }
}

/** Reads `first-last`, both inclusive; undefined where there is no range. Another form is the player's own to ask for. */
export function rangeOf(text: string | null | undefined): ByteRange | undefined | 'unreadable' {
  if (text === undefined || text === null || text === '') return undefined;
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (match === null) return 'unreadable';
  const [first, last] = [Number(match[1]), Number(match[2])];
  return last >= first && Number.isSafeInteger(last) ? { first, last } : 'unreadable';
}

/** The kinds of streams whose segments are shared. */
export const SHARED_TYPES: readonly string[] = ['audio', 'video', 'text'];

/** A segment is taken for complete this long after the manifest says so: clocks differ. In milliseconds. */
export const COMPLETE_AFTER_MS = 1_000;

/** `Range`, which the engine asks for by itself, and what a player reports of itself (CTA-5004, 2.1). */
const NOT_OWN = /^(range|cmcd-(object|request|session|status))$/i;

/** Whether a request has headers of the player's own that change the answer, which the engine's would lack. */
export function hasOwnHeaders(headers: Record<string, string> | null | undefined): boolean {
  return Object.entries(headers ?? {}).some(([name, value]) => value && !NOT_OWN.test(name));
}

/** Whether a request asks for a range by a header. */
export function hasRange(headers: Record<string, string> | null | undefined): boolean {
  return Object.entries(headers ?? {}).some(([name, value]) => value && name.toLowerCase() === 'range');
}

/** Headers by their names in small letters, from the lines that `XMLHttpRequest` gives. */
export function headersOf(lines: string): Record<string, string> {
  const pairs = lines.split('\n').map((line) => line.split(/:(.*)/)).filter(({ length }) => length > 1);
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim().toLowerCase(), value.trim()]));
}
