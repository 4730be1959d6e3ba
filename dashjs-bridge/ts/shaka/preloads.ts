// Manifests of titles that Shaka loads ahead: kept until the player goes over to one of them, for it does not ask for them
// again.

import { swarmOf, titleOf } from '../check.js';
import type { FugitiveOptions } from '../options.js';
import type { LoadedManifest, Session } from '../page/session.js';
import { absolute } from '../page/url.js';

/** Of so many titles, the latest, manifests are kept. */
const MOST_TITLES = 4;
/** As many playlists as a title may name; a live one may be redirected elsewhere each time. */
const MOST_PLACES = 1_024;
/** Of so many manifests and playlists of a title, the first and the latest, the texts are kept. */
const MOST_MANIFESTS = 64;

interface Title {
  /**
   * Its name, where its manifest came from, and where the playlists are that this names. A request with another query is of
   * the title as well where it is for the host and path that a place has here.
   */
  places: Map<string, string | undefined>;
  /** The newest by where each was asked for at first, the title's first one first. */
  manifests: Map<string, LoadedManifest>;
}

export class Preloads {
  readonly #session: Pick<Session, 'manifestLoaded'>;
  readonly #swarm: FugitiveOptions['swarm'];
  #ahead: Title[] = [];
  /** The title that is loaded. */
  #opened: Title | undefined;
  #destroyed = false;

  /** `swarm`: the app's option, which may tell titles apart that differ in the query alone. */
  constructor(session: Pick<Session, 'manifestLoaded'>, swarm: FugitiveOptions['swarm']) {
    this.#session = session;
    this.#swarm = swarm;
  }

  /** Shaka says of a manifest that it is loaded ahead, and goes on to say so of its updates once the title plays. */
  manifestLoaded(manifest: LoadedManifest): void {
    if (this.#destroyed) return;
    const { asked, url, text } = manifest;
    const title = this.#titleAsked(asked) ?? this.#titleNamed(asked);
    const places = [[url, this.#namedByApp ? undefined : titleOf(url)], ...playlistsIn(url, text)] as const;
    for (const [place, path] of places) {
      if (title.places.size < MOST_PLACES) title.places.set(place, path);
    }
    if (title === this.#opened) return this.#session.manifestLoaded(manifest);
    keep(manifest, title.manifests);
    if (!this.#ahead.includes(title)) this.#ahead = [...this.#ahead, title].slice(-MOST_TITLES);
  }

  /** The player goes over to the title at an absolute URL. */
  titleOpened(url: string): void {
    const title = this.#titleNamed(url);
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

  get #titles(): Title[] {
    return [...(this.#opened === undefined ? [] : [this.#opened]), ...this.#ahead];
  }

  get #namedByApp(): boolean {
    return typeof this.#swarm === 'function';
  }

  /** The title that a request is of, if it is of one that is known. Where two have its path, it is of neither. */
  #titleAsked(url: string): Title | undefined {
    const titles = this.#titles;
    const exact = titles.find(({ places }) => places.has(url)) ?? titles.find(({ places }) => places.has(this.#nameOf(url)));
    if (exact !== undefined) return exact;
    const path = titleOf(url);
    const [title, second] = titles.filter(({ places }) => [...places.values()].includes(path));
    return second === undefined ? title : undefined;
  }

  #titleNamed(url: string): Title {
    const name = this.#nameOf(url);
    return this.#titles.find(({ places }) => places.has(name)) ?? { places: new Map([[name, undefined]]), manifests: new Map() };
  }

  /** The swarm's name. A fixed one tells no titles apart, and what the app's function fails for is refused when it is opened. */
  #nameOf(url: string): string {
    try {
      if (this.#namedByApp) return swarmOf(this.#swarm, url);
    } catch {
      // It is for manifests: what else it is asked for here, it need not know.
    }
    return titleOf(url);
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

/** Where the playlists are that a multivariant one names, and their hosts and paths. */
function playlistsIn(base: string, text: string): [url: string, path: string][] {
  const named = text.includes('#EXT-X-STREAM-INF') ? text.matchAll(/URI="([^"]+)"|^[^#\s].*/gm) : [];
  return [...named].flatMap(([line, uri = line]) => {
    const url = absolute(uri.trim(), base);
    return url === undefined ? [] : [[url, titleOf(url)]];
  });
}
