// Where the engine's requests go. The engine means a segment by the manifest's first URL of it; the player may have another: at
// another host, or with a query that lets it in. Invariant: whatever the URL, it is of the segment that the engine means.

import type { CoreInput, CoreOutput } from '../core.js';

export class Addresses {
  /** What the player asks for, until it is answered. */
  readonly #demanded = new Map<number, URL>();
  /** The last query that the player had, by origin. */
  readonly #queries = new Map<string, string>();

  /** Takes in what the engine is told, or says. */
  note(what: CoreInput | CoreOutput): void {
    if (what.type === 'demand') {
      const url = withoutReport(new URL(what.url));
      this.#demanded.set(what.id, url);
      if (url.search !== '') this.#queries.set(url.origin, url.search);
    }
    if (what.type === 'demandCancelled') this.#demanded.delete(what.id);
    if (what.type === 'deliver' || what.type === 'decline') this.#demanded.delete(what.demand);
  }

  /**
   * The player's URL, where it asks for what is at `text` in the manifest. What it does not ask for gets the query that it had
   * last at that origin, if it has none itself: a token is for all of a title, mostly.
   */
  of(text: string, demand: number | undefined): string {
    const demanded = demand === undefined ? undefined : this.#demanded.get(demand);
    if (demanded !== undefined) return demanded.href;
    const url = new URL(text);
    url.search ||= this.#queries.get(url.origin) ?? '';
    return url.href;
  }
}

/** Without what a player reports of itself (CTA-5004), which is of its own requests. */
function withoutReport(url: URL): URL {
  url.search = url.search.split('&').filter((pair) => !/^\??CMCD=/.test(pair)).join('&');
  return url;
}
