// Counts what the browser's own `fetch` has brought of files that peers might have given.

import { readIntegrity } from './integrity.js';
import { listed, named, type Asked } from './known.js';
import type { Site } from './site.js';

/** So many responses are kept in mind until the list says whether they are files of it; a list may never come. */
const MOST_UNKNOWN = 1_000;

export class Fallbacks {
  readonly #site: Site;
  #unknown = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** A response of so many bytes has come; it counts, once the list is there or known to be of no use, if it is of a file. */
  async count({ url, integrity }: Asked, bytes: number): Promise<void> {
    if (this.#unknown === MOST_UNKNOWN) return;
    this.#unknown += 1;
    const list = await this.#site.loaded;
    this.#unknown -= 1;
    const asked = { url, integrity };
    const file = listed(asked, readIntegrity(integrity), list);
    if (file !== undefined || named(asked) !== undefined) this.#site.session.fetchedPlainly(file?.bytes ?? bytes);
  }
}
