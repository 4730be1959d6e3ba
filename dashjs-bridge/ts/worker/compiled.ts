// Loads the engine's wasm. The glue's own loader is far longer.

/** How long it may take to come, in milliseconds: what the page tells the Worker waits for it. */
const PATIENCE_MS = 60_000;

/** Compiles wasm as it comes; a server that does not know the type costs some time. */
export async function compiled(url: string | URL, patienceMs = PATIENCE_MS): Promise<WebAssembly.Module> {
  const response = await fetch(url, { signal: limit(patienceMs) });
  if (!response.ok) throw new Error(`status ${response.status} for ${response.url}`);
  if (response.headers.get('Content-Type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** A limit that does not count the time in which the page sleeps; older browsers have none. */
function limit(ms: number): AbortSignal | null {
  return 'timeout' in AbortSignal ? AbortSignal.timeout(ms) : null;
}
