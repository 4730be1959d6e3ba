/** Formats of manifests, and `resources`: lists of files. A wasm of its own for each. */
export type Format = 'dash' | 'hls' | 'resources';
/** The first line of a list of files. */
export declare const LIST_HEAD = "fugitive files 1";
/** What is no playlist is left to the engine for DASH to refuse. */
export declare function formatOf(text: string): Format;
