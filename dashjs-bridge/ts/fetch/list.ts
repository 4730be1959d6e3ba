// A site's list of files, as segment-engine's `manifest::files` lays it down. Only what a response needs is read here: the
// engine checks the signature and each file's bytes.

import { LIST_HEAD } from '../page/format.js';

/** A file that the list names. */
export interface ListedFile {
  /** Absolute, without a fragment. */
  url: string;
  bytes: number;
  /** The SHA-224 of its bytes, in hexadecimal digits. */
  sha224: string;
  /** Its media type. */
  type: string;
}

const FILE = /^(\d{1,15})\t[0-9a-f]{56}\t([0-9a-f]{56})\t([^\t]*)\t([^\t]+)$/;

export class FileList {
  readonly #byUrl = new Map<string, ListedFile>();
  readonly #byDigest = new Map<string, ListedFile>();

  /** `url` is where the list came from; throws where the text is no list. */
  constructor(text: string, url: string) {
    if (!text.startsWith(`${LIST_HEAD}\n`)) throw new Error(`${url} is no list of files`);
    for (const line of text.split('\n')) {
      const [, bytes, sha224 = '', type = '', reference] = FILE.exec(line) ?? [];
      if (reference === undefined) continue;
      const file = { url: new URL(reference, url).href, bytes: Number(bytes), sha224, type };
      this.#byUrl.set(file.url, file);
      this.#byDigest.set(sha224, file);
    }
  }

  get urls(): string[] {
    return [...this.#byUrl.keys()];
  }

  /** The file at an absolute URL, whatever its fragment. */
  at(url: string): ListedFile | undefined {
    return this.#byUrl.get(url.replace(/#.*$/, ''));
  }

  /** A file of one of those digests. */
  like(digests: readonly string[]): ListedFile | undefined {
    return digests.map((digest) => this.#byDigest.get(digest)).find((file) => file !== undefined);
  }
}
