// Which pages were loaded anew. The browser ends a worker that has nothing to do and starts it again when it is needed, so what
// it knows of pages that are still open is kept in a cache.

/** The cache, and the place in it. */
const NAME = 'fugitive-reloaded';
/** So many are kept, the latest; ids are not used again. */
const MOST = 256;

export class Reloads {
  readonly #storage: Pick<CacheStorage, 'open'>;
  readonly #clients = new Set<string>();
  /** Settles once it is known what the worker knew before: no page may be asked for another one until then. */
  readonly known: Promise<void>;
  #kept: Promise<void>;

  constructor(storage: Pick<CacheStorage, 'open'>) {
    this.#storage = storage;
    // What cannot be read or kept, as in some private windows, is known as long as the worker runs.
    this.known = this.#read().catch(() => undefined);
    this.#kept = this.known;
  }

  has(client: string): boolean {
    return this.#clients.has(client);
  }

  /** Settles once it is kept. */
  add(client: string): Promise<void> {
    this.#clients.add(client);
    this.#kept = this.#kept.then(() => this.#keep()).catch(() => undefined);
    return this.#kept;
  }

  async #read(): Promise<void> {
    const response = await (await this.#storage.open(NAME)).match(`/${NAME}`);
    for (const client of await response?.json() as string[] ?? []) this.#clients.add(client);
  }

  async #keep(): Promise<void> {
    for (const client of [...this.#clients].slice(0, -MOST)) this.#clients.delete(client);
    await (await this.#storage.open(NAME)).put(`/${NAME}`, new Response(JSON.stringify([...this.#clients])));
  }
}
