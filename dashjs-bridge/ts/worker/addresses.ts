// Where the engine's requests go. The engine means a segment by the manifest's first URL of it; the player may have another: at
// another host, or with a query that lets it in. Invariant: whatever the URL, it is of the segment that the engine means.

import type { CoreInput, CoreOutput } from '../core.js';

export class Addresses {
  /** What the player asks for, until it is answered. */
  readonly #demanded = new Map<number, URL>();
  /** What it asked for last. */
  #latest: URL | undefined;
  /** Hosts of the manifest's own: there a path may mean another segment than elsewhere. */
  readonly #hosts = new Set<string>();
  /** Whether the manifest tells segments apart by their queries. */
  #hasQueries = false;

  /** Takes in what the engine is told, or asks for. */
  note(what: CoreInput | CoreOutput): void {
    if (what.type === 'demand') this.#demanded.set(what.id, this.#latest = withoutReport(new URL(what.url)));
    if (what.type === 'demandCancelled') this.#demanded.delete(what.id);
    if ('demand' in what) this.#demanded.delete(what.demand);
  }

  /**
   * The player's URL, where it asks for what the manifest has at `text`. What it does not ask for gets the query of what it asked
   * for last at that host: a token is for all of a title, mostly.
   */
  of(text: string): string {
    const url = new URL(text);
    this.#hosts.add(url.host);
    this.#hasQueries ||= url.search !== '';
    const meant = [...this.#demanded.values()].filter(({ pathname, search }) =>
      pathname === url.pathname && (search === url.search || !this.#hasQueries));
    const demanded = meant.find(({ href }) => href === url.href) ?? meant.find(({ host }) => host === url.host)
      ?? meant.find(({ host }) => !this.#hosts.has(host));
    if (demanded !== undefined) return demanded.href;
    if (this.#latest?.host === url.host && !this.#hasQueries) url.search = this.#latest.search;
    return url.href;
  }
}

/** Without what a player reports of itself (CTA-5004), which is of its own requests. */
function withoutReport(url: URL): URL {
  url.search = url.search.split('&').filter((pair) => !/^\??CMCD=/.test(pair)).join('&');
  return url;
}
