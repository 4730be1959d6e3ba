// A response whose bytes are here, which says of itself what the browser's own would.

/** What a response says of itself. */
export interface Head {
  url: string;
  type: ResponseType;
  status: number;
  statusText: string;
  redirected: boolean;
  headers: HeadersInit;
}

/** Statuses whose responses have no body. */
const BODILESS = [101, 103, 204, 205, 304];

export class FileResponse extends Response {
  readonly #head: Head;
  readonly #headers: FixedHeaders;
  readonly #source: Source | undefined;

  constructor(body: Source | ReadableStream | null, head: Head, source?: Source) {
    const { status, statusText, headers } = head;
    const stream = body instanceof Source ? body.stream : body;
    super(BODILESS.includes(status) ? null : stream, { status, statusText, headers });
    this.#head = head;
    this.#headers = new FixedHeaders(headers);
    this.#source = body instanceof Source ? body : source;
  }

  override get url(): string { return this.#head.url; }
  override get type(): ResponseType { return this.#head.type; }
  override get redirected(): boolean { return this.#head.redirected; }
  override get headers(): Headers { return this.#headers; }

  override clone(): Response {
    return new FileResponse(super.clone().body, this.#head, this.#source);
  }

  override arrayBuffer(): Promise<ArrayBuffer> { return this.#read(super.arrayBuffer()); }
  override blob(): Promise<Blob> { return this.#read(super.blob()); }
  override bytes(): Promise<Uint8Array<ArrayBuffer>> { return this.#read(super.bytes()); }
  override formData(): Promise<FormData> { return this.#read(super.formData()); }
  override json(): Promise<unknown> { return this.#read(super.json()); }
  override text(): Promise<string> { return this.#read(super.text()); }

  /** Browsers say of a page's own stream that it broke off, whatever it ended with. */
  #read<T>(reading: Promise<T>): Promise<T> {
    return reading.catch((error: unknown) => { throw this.#source?.abortion ?? error; });
  }
}

/** What came with a response does not change. */
class FixedHeaders extends Headers {
  override append(): never { return refuse(); }
  override delete(): never { return refuse(); }
  override set(): never { return refuse(); }
}

function refuse(): never {
  throw new TypeError('the headers of a response are immutable');
}

/** Bytes as a stream of one chunk. They are handed over: the buffer is gone with them. */
export class Source {
  readonly stream: ReadableStream;
  /** Why the stream ended before it was read. */
  abortion: unknown;

  /** Until the stream is read, `signal` ends it as a body on its way would. */
  constructor(bytes: ArrayBuffer, signal: AbortSignal) {
    let end: () => void = () => undefined;
    const release = () => signal.removeEventListener('abort', end);
    const source: UnderlyingDefaultSource = {
      start: (controller) => {
        end = ending(this, controller, signal);
        signal.addEventListener('abort', end);
      },
      pull: (controller: ReadableStreamDefaultController | ReadableByteStreamController) => {
        release();
        if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes));
        controller.close();
        if ('byobRequest' in controller) controller.byobRequest?.respond(0);
      },
      cancel: release,
    };
    // Safari has streams of bytes since 26.4 only. The other kind would pull before anybody reads.
    const type = 'ReadableByteStreamController' in globalThis ? { type: 'bytes' } : {};
    this.stream = new ReadableStream({ ...source, ...type } as UnderlyingDefaultSource, { highWaterMark: 0 });
  }
}

/**
 * What a signal is to do, which may outlive the response by far: it keeps neither that nor its bytes. It is made out here, as
 * functions that are made in one place keep what any of them uses.
 */
function ending(source: Source, controller: ReadableStreamDefaultController, signal: AbortSignal): () => void {
  const [heldSource, heldController] = [new WeakRef(source), new WeakRef(controller)];
  return () => {
    const source = heldSource.deref();
    if (source !== undefined) source.abortion = signal.reason;
    heldController.deref()?.error(signal.reason);
  };
}
