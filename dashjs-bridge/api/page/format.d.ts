/** Formats of manifests; a wasm of its own for each. */
export type Format = 'dash' | 'hls';
/** What is no playlist is left to the engine for DASH to refuse. */
export declare function formatOf(text: string): Format;
