// The engine's HTTP requests: streamed, with a limit on silence before the headers and between chunks.

import type { CoreInput, CoreOutput, FetchError } from '../core.js';

type FetchOutput = Extract<CoreOutput, { type: 'fetch' }>;
type Fetch = (output: FetchOutput, options: RequestInit) => Promise<Response>;

/** Why a request was aborted that was silent for too long. */
const SILENCE = 'timeout' satisfies FetchError;

/** Requests in flight. Tells of each by the `fetch...` inputs; of an aborted one nothing more. */
export class Http {
  readonly #tell: (input: CoreInput) => void;
  readonly #fetch: Fetch;
  readonly #inFlight = new Map<number, AbortController>();

  constructor(tell: (input: CoreInput) => void, fetchLike: Fetch) {
    this.#tell = tell;
    this.#fetch = fetchLike;
  }

  start(output: FetchOutput): void {
    const controller = new AbortController();
    this.#inFlight.set(output.id, controller);
    void this.#run(output, controller);
  }

  abort(id: number): void {
    this.#inFlight.get(id)?.abort();
    this.#inFlight.delete(id);
  }

  abortAll(): void {
    for (const id of [...this.#inFlight.keys()]) this.abort(id);
  }

  async #run(output: FetchOutput, controller: AbortController): Promise<void> {
    const { id: fetch, timeoutMs } = output;
    const { signal } = controller;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(SILENCE), timeoutMs);
    };
    const error = await this.#receive(output, signal, listen)
      .catch((): FetchError => (signal.reason === SILENCE ? SILENCE : 'network'));
    clearTimeout(silence);
    if (this.#inFlight.get(fetch) !== controller) return;
    this.#inFlight.delete(fetch);
    // Of a body that is whole nothing is left to abort.
    controller.abort();
    this.#tell(error === undefined ? { type: 'fetchFinished', fetch } : { type: 'fetchFailed', fetch, error });
  }

  /** Calls `heard` at the start, and at each sign of life. Returns what went wrong, if anything did. */
  async #receive(output: FetchOutput, signal: AbortSignal, heard: () => void): Promise<FetchError | undefined> {
    const { id, range } = output;
    heard();
    const headers = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` };
    const response = await this.#fetch(output, { headers, signal });
    heard();
    if (response.status !== 200 && response.status !== 206) return { status: response.status };
    signal.throwIfAborted();
    this.#tell(started(id, response));
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read();
      signal.throwIfAborted();
      if (chunk === undefined || chunk.done) return undefined;
      heard();
      this.#tell({ type: 'fetchChunk', fetch: id, bytes: chunk.value });
    }
  }
}

function started(fetch: number, response: Response): CoreInput {
  const input: Extract<CoreInput, { type: 'fetchStarted' }> =
    { type: 'fetchStarted', fetch, partial: response.status === 206 };
  // Only a part's length is told: of a whole body it may be that of a coding whose header another origin does not
  // show, and a body that breaks off fails by itself.
  const length = response.headers.get('Content-Length') ?? '';
  if (input.partial && /^\d{1,15}$/.test(length)) input.length = Number(length);
  const total = /\/(\d{1,15})$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  if (input.partial && total !== undefined) input.total = Number(total);
  // Where it came from in the end is not told: its query may be the viewer's own.
  return input;
}
