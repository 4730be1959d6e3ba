// A title before its engine: what the player has learned by itself, kept for the engine's start.

import type { Format } from './format.js';

/** What is told of it. */
export interface PreludeReader {
  manifest(url: string, text: string): void;
  responded(headers: Record<string, string>): void;
}

/** How many manifests and playlists are kept; as many as the engine remembers. */
const MAX_MANIFESTS = 256;

export class Prelude {
  /** The title's swarm. */
  readonly swarm: string;
  /** What its manifests are written in. */
  readonly format: Format;
  /** The newest of each URL, in the order in which the URLs came: an HLS title's first one names the others. */
  readonly #manifests = new Map<string, string>();
  #headers: Record<string, string> = {};

  constructor(swarm: string, format: Format) {
    this.swarm = swarm;
    this.format = format;
  }

  manifest(url: string, text: string): void {
    if (this.#manifests.size < MAX_MANIFESTS || this.#manifests.has(url)) this.#manifests.set(url, text);
  }

  /** Of a header that came in several responses the first counts. */
  responded(headers: Record<string, string>): void {
    this.#headers = { ...headers, ...this.#headers };
  }

  tellTo(reader: PreludeReader): void {
    reader.responded(this.#headers);
    for (const [url, text] of this.#manifests) reader.manifest(url, text);
  }
}
