// A site's files: its list, and the swarm that shares them.

import type { CheckedOptions } from '../check.js';
import type { FugitiveEventType } from '../events.js';
import type { Answer } from '../page/engine.js';
import { Session } from '../page/session.js';
import { FileList } from './list.js';
import { Transfers, type WantedFile } from './transfers.js';

/** The browser's own `fetch`, as it was when ours was made. */
export type OwnFetch = typeof fetch;

/** How long list and engine may take to load, in milliseconds. Until then calls wait. */
const STARTUP_PATIENCE_MS = 4_000;
/** What the engine says of the list in the end. */
const SETTLED: readonly FugitiveEventType[] = ['timelineUpdated', 'manifestRejected', 'engineFailed'];

export class Site {
  readonly session: Session;
  readonly #transfers: Transfers;
  readonly #own: OwnFetch;
  /** The list, once it can be used; undefined where it cannot. */
  readonly loaded: Promise<FileList | undefined>;
  /** How long calls wait for it. */
  #patience: Promise<undefined> = Promise.resolve(undefined);
  #endPatience: () => void = () => undefined;

  /** Without a list's URL files are known by their digests alone, in a swarm of the page's origin. */
  constructor(options: CheckedOptions, listUrl: string | undefined, own: OwnFetch) {
    this.#own = own;
    this.session = new Session(options, () => undefined);
    this.#transfers = new Transfers((file, answer) => this.session.demand({ ...file }, null, answer));
    this.loaded = this.#load(listUrl).catch(() => {
      this.session.startWithoutList(listUrl ?? location.origin);
      return undefined;
    });
    this.#bePatient();
    this.session.on('sharingResumed', () => this.#bePatient());
    // Nothing comes of a list while nothing is shared.
    this.session.on('sharingPaused', () => this.#endPatience());
    this.session.ended.addEventListener('abort', () => this.#endPatience());
  }

  /** The list; undefined where there is none, or none yet when patience has ended. Later calls find it when it came late. */
  list(): Promise<FileList | undefined> {
    return Promise.race([this.loaded, this.#patience]);
  }

  /** A file's bytes, which its callers have in common; undefined where only the browser's own request can get it. */
  async get(file: WantedFile, signal: AbortSignal): Promise<ArrayBuffer | undefined> {
    if (!this.session.asks(file)) return undefined;
    const answer: Answer = await this.#transfers.get(file, signal);
    return answer.type === 'delivered' ? answer.bytes : undefined;
  }

  #bePatient(): void {
    this.#patience = new Promise((resolve) => {
      this.#endPatience = () => resolve(undefined);
      setTimeout(this.#endPatience, STARTUP_PATIENCE_MS);
    });
  }

  async #load(listUrl: string | undefined): Promise<FileList | undefined> {
    if (listUrl === undefined) throw new Error('the site has no list');
    const response = await this.#own(listUrl, { signal: this.session.ended });
    if (!response.ok) throw new Error(`${listUrl} has the status ${response.status}`);
    const [text, url] = [await response.text(), response.url];
    const list = new FileList(text, url);
    this.session.ended.throwIfAborted();
    const settled = this.#settles();
    this.session.responded(Object.fromEntries(response.headers));
    this.session.manifestLoaded({ asked: listUrl, url, text });
    return await settled ? list : undefined;
  }

  /** Whether the engine takes the list, once it is there: after the end of a pause, too. */
  #settles(): Promise<boolean> {
    return new Promise((resolve) => {
      this.session.ended.addEventListener('abort', () => resolve(false));
      const settle = (taken: boolean) => {
        for (const type of SETTLED) this.session.off(type, hear);
        resolve(taken);
      };
      const hear = ({ type }: { type: FugitiveEventType }) => settle(type === 'timelineUpdated');
      for (const type of SETTLED) this.session.on(type, hear);
    });
  }
}
