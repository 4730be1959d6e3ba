// Manifests of titles that Shaka loads ahead: kept until the player goes over to one of them, for it does not ask for them
// again.

import { titleOf } from '../check.js';
import type { LoadedManifest, Session } from '../page/session.js';
import { absolute } from '../page/url.js';

/** Of so many titles, the latest, manifests are kept. */
const MOST_TITLES = 4;
/** As many playlists as a title may name; a live one may be redirected elsewhere each time. */
const MOST_PLACES = 1_024;
/** Of so many manifests and playlists of a title, the first and the latest, the texts are kept. */
const MOST_MANIFESTS = 64;

interface Title {
  /** Hosts and paths of its manifest, before redirects and after, and of the playlists that this names. */
  places: Set<string>;
  /** The newest by where each was asked for at first, the title's first one first. */
  manifests: Map<string, LoadedManifest>;
}

export class Preloads {
  readonly #session: Pick<Session, 'manifestLoaded'>;
  #ahead: Title[] = [];
  /** The title that is loaded. */
  #opened: Title | undefined;
  #destroyed = false;

  constructor(session: Pick<Session, 'manifestLoaded'>) {
    this.#session = session;
  }

  /** Shaka says of a manifest that it is loaded ahead, and goes on to say so of its updates once the title plays. */
  manifestLoaded(manifest: LoadedManifest): void {
    if (this.#destroyed) return;
    const title = this.#titleAt(titleOf(manifest.asked));
    for (const place of placesIn(manifest)) {
      if (title.places.size < MOST_PLACES) title.places.add(place);
    }
    if (title === this.#opened) return this.#session.manifestLoaded(manifest);
    keep(manifest, title.manifests);
    if (!this.#ahead.includes(title)) this.#ahead = [...this.#ahead, title].slice(-MOST_TITLES);
  }

  /** The player goes over to the title at an absolute URL. */
  titleOpened(url: string): void {
    const title = this.#titleAt(titleOf(url));
    this.#ahead = this.#ahead.filter((other) => other !== title);
    this.#opened = title;
    for (const manifest of title.manifests.values()) this.#session.manifestLoaded(manifest);
    title.manifests.clear();
  }

  titleClosed(): void {
    this.#opened = undefined;
  }

  destroy(): void {
    this.#destroyed = true;
    this.#ahead = [];
  }

  #titleAt(place: string): Title {
    return [this.#opened, ...this.#ahead].find((title) => title?.places.has(place))
      ?? { places: new Set([place]), manifests: new Map() };
  }
}

/** An update takes the place of the text before: Shaka asks for it where that was asked for, or where that came from. */
function keep(manifest: LoadedManifest, manifests: Title['manifests']): void {
  let key = manifest.asked;
  for (const [first, { url }] of manifests) {
    if (url === manifest.asked) key = first;
  }
  manifests.set(key, manifest);
  const [, second] = manifests.keys();
  if (second !== undefined && manifests.size > MOST_MANIFESTS) manifests.delete(second);
}

/** Where a manifest came from, and where the playlists are that a multivariant one names. */
function placesIn({ url, text }: LoadedManifest): string[] {
  const named = text.includes('#EXT-X-STREAM-INF') ? text.matchAll(/URI="([^"]+)"|^[^#\s].*/gm) : [];
  const urls = [...named].map(([line, uri = line]) => absolute(uri.trim(), url));
  return [url, ...urls].flatMap((found) => found === undefined ? [] : titleOf(found));
}
