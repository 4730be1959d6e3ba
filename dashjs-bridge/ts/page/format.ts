// What kind of manifest a text is: an engine reads one kind, so that a page loads no more than it needs.

/** Formats of manifests; a wasm of its own for each. */
export type Format = 'dash' | 'hls';

/** What is no playlist is left to the engine for DASH to refuse. */
export function formatOf(text: string): Format {
  return /^\uFEFF?\s*#EXTM3U/.test(text) ? 'hls' : 'dash';
}
