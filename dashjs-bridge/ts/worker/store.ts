// Segments that outlive the page, in the browser's database: within a quota, the longest unused forgotten first. Tabs of a
// site share it: each change is one transaction, which keeps the sum of all sizes as well.
// Invariant: nothing here is trusted; the engine compares what it reads back with signed digests.

import type { CoreInput, CoreOutput } from '../core.js';
import { BODIES, ENTRIES, finished, given, NEWS, openDatabase, SUM, type Entry, type Name, type News } from './database.js';

type StoreOutput = Extract<CoreOutput, { type: 'shelve' | 'shelveDigests' | 'unshelve' | 'discard' }>;
type Bytes = Uint8Array<ArrayBuffer>;

/** Where a store is kept, and how much of it. */
export interface StoreSettings {
  /** Of which title: others share the quota. */
  title: string;
  maxBytes: number;
}

/** A store takes no longer to open, in milliseconds: the engine waits for it. */
const OPENS_WITHIN_MS = 1_000;
/** The part of what the browser would give the site. */
const SHARE_OF_QUOTA = 0.1;
/** Bytes that wait to be written; more are not kept. */
const MAX_WRITING = 32 * 1024 * 1024;
/** Digests count as used so much later than they were, in milliseconds: segments are of no use without them. */
const DIGESTS_LINGER_MS = 12 * 60 * 60 * 1_000;

export class Store {
  readonly #database: IDBDatabase;
  readonly #title: string;
  readonly #tell: (input: CoreInput) => void;
  readonly #news: BroadcastChannel;
  #maxBytes: number;
  #writing = 0;
  /** While the disk is full: all that did not fit waits for one clearing. */
  #shrinking: Promise<void> | undefined;
  #closed = false;

  private constructor(database: IDBDatabase, settings: StoreSettings, tell: (input: CoreInput) => void) {
    this.#database = database;
    this.#title = settings.title;
    this.#maxBytes = settings.maxBytes;
    this.#tell = tell;
    this.#news = new BroadcastChannel(NEWS);
    this.#news.onmessage = ({ data }: MessageEvent<News>) => this.#hear(data);
  }

  /** Opens it, and hands over what the engine is to be told first. Rejects where the browser has none for this page. */
  static open(settings: StoreSettings, tell: (input: CoreInput) => void): Promise<[Store, CoreInput[]]> {
    const opening = Store.#open(settings, tell);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error('it did not open in time'));
        opening.then(([store]) => store.close(), () => undefined);
      }, OPENS_WITHIN_MS);
    });
    return Promise.race([opening, late]).finally(() => clearTimeout(timer));
  }

  static async #open(settings: StoreSettings, tell: (input: CoreInput) => void): Promise<[Store, CoreInput[]]> {
    const database = await openDatabase();
    const { quota = Infinity } = await navigator.storage?.estimate?.().catch(() => undefined) ?? {};
    const maxBytes = Math.min(settings.maxBytes, Math.floor(quota * SHARE_OF_QUOTA));
    const store = new Store(database, { ...settings, maxBytes }, tell);
    try {
      return [store, await store.#found()];
    } catch (error) {
      // It would go on to hear what other tabs keep.
      store.close();
      throw error;
    }
  }

  carryOut(output: StoreOutput): void {
    switch (output.type) {
      case 'shelve': return void this.#shelve(output.key, output.bytes, output.root);
      case 'shelveDigests': return void this.#shelve(output.key, output.bytes);
      case 'unshelve': return void this.#unshelve(output.key);
      case 'discard': return void this.#discard(output.keys.map((key) => this.#name(key))).catch(() => undefined);
    }
  }

  close(): void {
    this.#closed = true;
    this.#news.close();
    this.#database.close();
  }

  #name(key: Uint8Array): Name {
    return [this.#title, key as Bytes];
  }

  #change(): [entries: IDBObjectStore, bodies: IDBObjectStore, done: Promise<void>] {
    const change = this.#database.transaction([ENTRIES, BODIES], 'readwrite', { durability: 'relaxed' });
    const done = finished(change);
    // Rejected as well where a request of it is: that is told once.
    done.catch(() => undefined);
    return [change.objectStore(ENTRIES), change.objectStore(BODIES), done];
  }

  /** What earlier sessions left of the title. Its digests are of use again. */
  async #found(): Promise<CoreInput[]> {
    const [entries, bodies, done] = this.#change();
    const all = IDBKeyRange.bound([this.#title], [this.#title, []]);
    const [names, found] = await Promise.all([given(entries.getAllKeys(all)), given<Entry[]>(entries.getAll(all))]);
    const segments: { key: Uint8Array; size: number; root: Uint8Array }[] = [];
    const digests: Name[] = [];
    found.forEach(({ size, root }, index) => {
      const name = names[index] as Name;
      const key = new Uint8Array(name[1] as unknown as ArrayBuffer);
      if (root !== undefined) segments.push({ key, size, root });
      else digests.push(name);
    });
    const batches = await Promise.all(digests.map(async (name) => {
      const bytes = await given<Bytes>(bodies.get(name));
      entries.put({ size: bytes?.length ?? 0, used: Date.now() + DIGESTS_LINGER_MS } satisfies Entry, name);
      return { key: new Uint8Array(name[1] as unknown as ArrayBuffer), bytes };
    }));
    await done;
    return [{ type: 'shelfOpening' }, { type: 'shelfDigests', batches }, { type: 'shelfOpened', entries: segments }];
  }

  async #shelve(key: Uint8Array, bytes: Uint8Array, root?: Uint8Array): Promise<void> {
    const name = this.#name(key);
    const size = bytes.length;
    const about = { key, size, root: root ?? key };
    let kept = this.#writing + size <= MAX_WRITING;
    if (kept) {
      this.#writing += size;
      kept = await this.#put(name, bytes, root).catch(async (error: unknown) => {
        if (!isFull(error)) return false;
        this.#shrinking ??= this.#shrink().finally(() => { this.#shrinking = undefined; });
        await this.#shrinking;
        return this.#put(name, bytes, root);
      }).catch(() => false);
      this.#writing -= size;
    }
    if (root === undefined) return;
    this.#tell({ type: kept ? 'shelved' : 'unshelvable', ...about });
    if (kept) this.#announce({ title: this.#title, came: about });
  }

  /** Writes one, and forgets others for it where there is no room; false where it has none at all. */
  async #put(name: Name, bytes: Uint8Array, root: Uint8Array | undefined): Promise<boolean> {
    const size = bytes.length;
    if (size > this.#maxBytes) return false;
    const [entries, bodies, done] = this.#change();
    const [before, sum] = await Promise.all([given<Entry | undefined>(entries.get(name)), given<number | undefined>(entries.get(SUM))]);
    entries.delete(name);
    const gone: Name[] = [];
    const left = await evict(entries, bodies, (sum ?? 0) - (before?.size ?? 0), this.#maxBytes - size, gone);
    const used = Date.now() + (root === undefined ? DIGESTS_LINGER_MS : 0);
    entries.put({ size, used, ...(root !== undefined && { root }) } satisfies Entry, name);
    bodies.put(bytes, name);
    entries.put(left + size, SUM);
    await done;
    this.#letGo(gone);
    return true;
  }

  /** The disk is full, whatever the quota says: a quarter of what there is goes, and no more is kept than that from now on. */
  async #shrink(): Promise<void> {
    const [entries, bodies, done] = this.#change();
    const sum = await given<number | undefined>(entries.get(SUM)) ?? 0;
    this.#maxBytes = Math.floor(Math.min(sum, this.#maxBytes) * 0.75);
    const gone: Name[] = [];
    entries.put(await evict(entries, bodies, sum, this.#maxBytes, gone), SUM);
    await done;
    this.#letGo(gone);
  }

  async #unshelve(key: Uint8Array): Promise<void> {
    const name = this.#name(key);
    try {
      const bodies = this.#database.transaction(BODIES, 'readonly').objectStore(BODIES);
      const bytes = await given<Bytes | undefined>(bodies.get(name));
      this.#tell({ type: 'unshelved', key, ...(bytes !== undefined && { bytes }) });
    } catch {
      return this.#tell({ type: 'unreadable', key });
    }
    // Where the disk is too full for so little, it counts as unused: no harm.
    await this.#stamp(name).catch(() => undefined);
  }

  async #stamp(name: Name): Promise<void> {
    const [entries, , done] = this.#change();
    const entry = await given<Entry | undefined>(entries.get(name));
    if (entry !== undefined) entries.put({ ...entry, used: Date.now() } satisfies Entry, name);
    await done;
  }

  async #discard(names: Name[]): Promise<void> {
    const [entries, bodies, done] = this.#change();
    let sum = await given<number | undefined>(entries.get(SUM)) ?? 0;
    for (const name of names) {
      sum -= (await given<Entry | undefined>(entries.get(name)))?.size ?? 0;
      entries.delete(name);
      bodies.delete(name);
    }
    entries.put(sum, SUM);
    await done;
    this.#announce({ gone: names });
  }

  #letGo(gone: Name[]): void {
    if (gone.length === 0) return;
    this.#hear({ gone });
    this.#announce({ gone });
  }

  #announce(news: News): void {
    if (!this.#closed) this.#news.postMessage(news);
  }

  /** What came and went, here or in another tab. */
  #hear({ title, came, gone = [] }: News): void {
    if (came !== undefined && title === this.#title) this.#tell({ type: 'shelfOpened', entries: [came] });
    const keys = gone.filter(([title]) => title === this.#title).map(([, key]) => ({ key: new Uint8Array(key as unknown as ArrayBuffer) }));
    if (keys.length > 0) this.#tell({ type: 'dropped', keys });
  }
}

function isFull(error: unknown): boolean {
  return (error as Error | null)?.name === 'QuotaExceededError';
}

/** Forgets the longest unused until no more than `most` of `sum` bytes are left; returns how many are. */
async function evict(entries: IDBObjectStore, bodies: IDBObjectStore, sum: number, most: number, gone: Name[]): Promise<number> {
  let left = sum;
  const request = entries.index('used').openCursor();
  for (let at = left > most ? await given(request) : null; at !== null && left > most; at = await given(request)) {
    left -= (at.value as Entry).size;
    gone.push(at.primaryKey as unknown as Name);
    bodies.delete(at.primaryKey);
    at.delete();
    at.continue();
  }
  return Math.max(left, 0);
}
