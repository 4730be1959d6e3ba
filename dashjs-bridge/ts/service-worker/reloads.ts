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
    this.known = this.#read().then(() => undefined, () => undefined);
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

  /** Takes in what is kept, which another worker may have added to; what is known here is later. */
  async #read(): Promise<Cache> {
    const cache = await this.#storage.open(NAME);
    const kept = await (await cache.match(`/${NAME}`))?.json() as string[] | undefined;
    const others = (kept ?? []).filter((client) => !this.#clients.has(client));
    const latest = [...others, ...this.#clients].slice(-MOST);
    this.#clients.clear();
    for (const client of latest) this.#clients.add(client);
    return cache;
  }

  async #keep(): Promise<void> {
    const cache = await this.#read();
    await cache.put(`/${NAME}`, new Response(JSON.stringify([...this.#clients])));
  }
}
