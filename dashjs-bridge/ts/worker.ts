// The Worker's script: loads the engine, then hands every message of the page to its host.

import { Core as CoreClass, initSync } from '../wasm/fugitive_core.js';
import type { Core, CoreConfig } from './core.js';
import type { ToPage, ToWorker } from './messages.js';
import type { Format } from './page/format.js';
import { Addresses } from './worker/addresses.js';
import { compiled } from './worker/compiled.js';
import { WorkerHost, type World } from './worker/host.js';
import { Store } from './worker/store.js';

/** The few members of a dedicated Worker's global scope that are used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: ToPage, transfer: Transferable[]): void;
}

/** The glue's own types are there only once it is built, and wider. */
type StartWasm = (source: { module: WebAssembly.Module }) => unknown;
type CoreConstructor = new (config: CoreConfig, seed: Uint8Array, nowMs: number) => Core;

const scope = self as unknown as Scope;
const world: World = {
  post: (message, transfer = []) => scope.postMessage(message, transfer),
  now: () => performance.now(),
  unixMs: () => Date.now(),
  fetch: (input, options) => fetch(input, options),
  WebSocket,
  // Undefined where the page is not a secure context, whatever the type says.
  subtle: crypto.subtle as SubtleCrypto | undefined,
};

let host: WorkerHost | undefined;
/** What came while the engine was loading, in order. */
const early: ToWorker[] = [];

scope.onmessage = ({ data: message }) => {
  if (message.type === 'ping') return world.post({ type: 'pong' });
  if (message.type === 'start') return void start(message);
  if (host === undefined) return void early.push(message);
  receive(host, message);
};

async function start({ format, config, wasmUrl, store }: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  const opening = store && Store.open(store, (input) => host?.tell(input)).catch((error: unknown) => {
    world.post({ type: 'event', event: { type: 'storeUnavailable', reason: String(error) } });
  });
  try {
    (initSync as StartWasm)({ module: await compiled(wasmUrl ?? beside(format)) });
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const core = new (CoreClass as CoreConstructor)(config, seed, world.now());
    const [opened, found = []] = await opening ?? [];
    // A query is part of a file's name: a site's files are asked for as its list has them.
    host = new WorkerHost(core, world, opened, format === 'resources' ? undefined : new Addresses());
    for (const input of found) host.tell(input);
  } catch (error) {
    void opening?.then((opened) => opened?.[0].close());
    world.post({ type: 'failed', reason: `the engine did not load: ${String(error)}` });
    return;
  }
  world.post({ type: 'ready', channels: 'RTCDataChannel' in self ? 'yes' : 'no' });
  for (const message of early.splice(0)) receive(host, message);
}

/** Where the engine's wasm is by default. */
function beside(format: Format): URL {
  // Bundlers look for these very expressions.
  switch (format) {
    case 'dash': return new URL('./fugitive_dash.wasm', import.meta.url);
    case 'hls': return new URL('./fugitive_hls.wasm', import.meta.url);
    case 'resources': return new URL('./fugitive_resources.wasm', import.meta.url);
  }
}

function receive(host: WorkerHost, message: ToWorker): void {
  switch (message.type) {
    case 'input': return host.hear(message.input, message.link);
    case 'channel': return host.adopt(message);
    case 'sharingPaused': return host.pause();
    case 'sharingResumed': return host.resume();
    case 'admission': return host.admit(message.admission);
    case 'stop':
      host.stop();
      return world.post({ type: 'stopped' });
    case 'start':
    case 'ping': return;
  }
}
