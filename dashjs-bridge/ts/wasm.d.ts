// The glue that `cargo xtask wasm` makes, for when it is not built yet.

declare module '*/wasm/fugitive_core.js' {
  const init: unknown;
  export default init;
  export const Core: unknown;
}
