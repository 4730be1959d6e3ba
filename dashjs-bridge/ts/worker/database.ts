// The database that pages of a site share: small entries apart from the bodies, so that a look at what there is reads no
// segment. A body and its entry come and go in one transaction.

/** Names a segment or a batch of digests: its title, and the engine's bytes for it. A database gives them back as a buffer. */
export type Name = [title: string, key: Uint8Array<ArrayBuffer>];

/** What is known of a body. */
export interface Entry {
  size: number;
  /** When it was of use last, in milliseconds since 1970. */
  used: number;
  /** Of a segment: what it was shelved with. Digests have none. */
  root?: Uint8Array;
}

/** What tabs tell each other. */
export interface News {
  title?: string;
  came?: { key: Uint8Array; size: number; root: Uint8Array };
  gone?: Name[];
}

export const ENTRIES = 'entries';
export const BODIES = 'bodies';
/** The name of the channel for `News`. */
export const NEWS = 'fugitive-store';
/** Under which the sizes of all bodies stand among the entries, as a number. */
export const SUM = 0;

const DATABASE = 'fugitive';

/** Opens the database, and makes it where there is none. */
export async function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(ENTRIES).createIndex('used', 'used');
    opening.result.createObjectStore(BODIES);
  };
  const database = await given(opening);
  // Whoever deletes it is not held up.
  database.onversionchange = () => database.close();
  return database;
}

/** What a request comes to. */
export function given<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** When a transaction is over. */
export function finished(change: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = () => reject(change.error);
  });
}
