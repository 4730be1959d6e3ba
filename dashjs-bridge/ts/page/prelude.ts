// A title before its engine: what the player has learned by itself, kept for the engine's start.

import type { Format } from './format.js';

/** How many manifests and playlists are kept; as many as the engine remembers. */
const MAX_MANIFESTS = 256;

export class Prelude {
  /** The title's swarm. */
  readonly swarm: string;
  /** What its manifests are written in. */
  readonly format: Format;
  /** The newest of each URL, in the order in which the URLs came: an HLS title's first one names the others. */
  readonly #manifests = new Map<string, string>();

  constructor(swarm: string, format: Format) {
    this.swarm = swarm;
    this.format = format;
  }

  manifest(url: string, text: string): void {
    if (this.#manifests.size < MAX_MANIFESTS || this.#manifests.has(url)) this.#manifests.set(url, text);
  }

  tellTo(reader: (url: string, text: string) => void): void {
    for (const [url, text] of this.#manifests) reader(url, text);
  }
}
