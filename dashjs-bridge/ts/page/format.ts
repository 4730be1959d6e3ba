// What kind of manifest a text is: an engine reads one kind, so that a page loads no more than it needs.

/** Formats of manifests, and `resources`: lists of files. A wasm of its own for each. */
export type Format = 'dash' | 'hls' | 'resources';

/** The first line of a list of files. */
export const LIST_HEAD = 'fugitive files 1';

/** What is no playlist is left to the engine for DASH to refuse. */
export function formatOf(text: string): Format {
  if (text.startsWith(LIST_HEAD)) return 'resources';
  return /^\uFEFF?\s*#EXTM3U/.test(text) ? 'hls' : 'dash';
}
