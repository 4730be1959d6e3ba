// The engine's HTTP requests: streamed, with a limit on silence before the headers and between chunks.

import type { CoreInput, CoreOutput, FetchError } from '../core.js';

type FetchOutput = Extract<CoreOutput, { type: 'fetch' }>;

/** Requests in flight. Tells of each by the `fetch...` inputs; of an aborted one nothing more. */
export class Http {
  readonly #tell: (input: CoreInput) => void;
  readonly #fetch: typeof fetch;
  readonly #inFlight = new Map<number, AbortController>();

  constructor(tell: (input: CoreInput) => void, fetchLike: typeof fetch) {
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
    const silence = new Silence(output.timeoutMs, controller);
    const outcome = await this.#receive(output, controller, silence)
      .catch((): FetchError => (silence.timedOut ? 'timeout' : 'network'));
    silence.end();
    if (this.#inFlight.get(output.id) !== controller) return;
    this.#inFlight.delete(output.id);
    if (outcome !== 'complete') controller.abort();
    this.#tell(outcome === 'complete'
      ? { type: 'fetchFinished', fetch: output.id }
      : { type: 'fetchFailed', fetch: output.id, error: outcome });
  }

  async #receive(output: FetchOutput, { signal }: AbortController, silence: Silence): Promise<FetchError | 'complete'> {
    const { id, url, range } = output;
    const headers = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` };
    const response = await this.#fetch(url, { headers, signal });
    silence.broken();
    if (response.status !== 200 && response.status !== 206) return { status: response.status };
    if (signal.aborted) return 'network';
    this.#tell(started(id, response));
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read();
      if (signal.aborted) return 'network';
      if (chunk === undefined || chunk.done) return 'complete';
      silence.broken();
      this.#tell({ type: 'fetchChunk', fetch: id, bytes: chunk.value });
    }
  }
}

/** Aborts a request after a span without a sign of life. */
class Silence {
  timedOut = false;
  readonly #spanMs: number;
  readonly #controller: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(spanMs: number, controller: AbortController) {
    this.#spanMs = spanMs;
    this.#controller = controller;
    this.broken();
  }

  broken(): void {
    this.end();
    this.#timer = setTimeout(() => {
      this.timedOut = true;
      this.#controller.abort();
    }, this.#spanMs);
  }

  end(): void {
    clearTimeout(this.#timer);
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
  if (response.url !== '') input.url = response.url;
  return input;
}
