// A site's files: its list, and the swarm that shares them.

import type { CheckedOptions } from '../check.js';
import type { FugitiveEventType } from '../events.js';
import type { Answer } from '../page/engine.js';
import { Session } from '../page/session.js';
import { FileList } from './list.js';
import { Transfers } from './transfers.js';

/** How long the engine may take to load and to check the list, in milliseconds. Until then calls wait. */
const STARTUP_PATIENCE_MS = 4_000;
/** What ends the wait for the list. */
const SETTLED: readonly FugitiveEventType[] = ['timelineUpdated', 'manifestRejected', 'engineFailed'];

export class Site {
  /** The list, once it can be used; undefined where there is none. */
  readonly list: Promise<FileList | undefined>;
  readonly session: Session;
  readonly #transfers: Transfers;

  constructor(options: CheckedOptions, listUrl: string) {
    this.session = new Session(options, () => undefined);
    this.#transfers = new Transfers((url, answer) => this.session.demand({ url }, null, answer));
    this.list = this.#load(listUrl).catch(() => undefined);
  }

  /** A file's bytes, which its callers have in common; undefined where only the browser's own request can get it. */
  async get(url: string, signal: AbortSignal): Promise<ArrayBuffer | undefined> {
    if (!this.session.shares) return undefined;
    const answer: Answer = await this.#transfers.get(url, signal);
    return answer.type === 'delivered' ? answer.bytes : undefined;
  }

  async #load(listUrl: string): Promise<FileList | undefined> {
    const response = await fetch(listUrl);
    if (!response.ok) throw new Error(`${listUrl} has the status ${response.status}`);
    const [text, url] = [await response.text(), response.url];
    const list = new FileList(text, url);
    const settled = this.#settles();
    this.session.responded(Object.fromEntries(response.headers));
    this.session.manifestLoaded({ asked: listUrl, url, text });
    return await settled ? list : undefined;
  }

  /** Whether the engine takes the list. */
  #settles(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (taken: boolean) => {
        clearTimeout(patience);
        for (const type of SETTLED) this.session.off(type, hear);
        resolve(taken);
      };
      const hear = ({ type }: { type: FugitiveEventType }) => settle(type === 'timelineUpdated');
      const patience = setTimeout(() => settle(false), STARTUP_PATIENCE_MS);
      for (const type of SETTLED) this.session.on(type, hear);
    });
  }
}
