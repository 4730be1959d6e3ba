// The glue that `cargo xtask wasm` makes, for when it is not built yet.

declare module '*/wasm/fugitive_core.js' {
  export const Core: unknown;
  export const initSync: unknown;
}
