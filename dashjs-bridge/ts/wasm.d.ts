// The glue that `cargo xtask wasm` makes; its own types are wider than the designed ones in core.ts.

declare module '*/wasm/fugitive_core.js' {
  /** Loads the wasm; a URL, a response, or nothing for the file beside the script. */
  export default function init(source?: { module_or_path: string | URL }): Promise<unknown>;
  export const Core: unknown;
}
