// The demo's server as it can be changed while it runs: `/control` of player-demo.

import type { SourceBytes } from 'fugitive-dashjs';
import type { Wishes } from './settings.js';

type Power = 'on' | 'off';

/** A member of a swarm that runs in the demo's process. */
export interface Member {
  /** Its names in the swarm: signaling gives another one each time it is joined. */
  names: string[];
  role: 'seeder' | 'viewer';
  stream: string;
  poisoned: boolean;
  playing: 'starting' | 'playing' | 'stalled';
  positionS: number;
  bufferS: number;
  stalls: number;
  delivered: SourceBytes;
  uploaded: number;
  corrupt: number;
  /** Why nothing is played. */
  trouble?: string;
  /** Who it is linked with, and the bytes of complete segments that came from there. */
  links: { peer: string; bytes: number }[];
}

/** `GET /control`. */
export interface DemoState {
  origin: { power: Power; kbps: number; delayMs: number; sentToViewers: number; sentToSeeders: number };
  /** Absent where it runs elsewhere. */
  seeder?: Power;
  signaling?: Power;
  viewers: { stream: string; count: number; poison: Power; most: number };
  members: Member[];
}

/** How often the state is asked for, in milliseconds. */
const PERIOD_MS = 1_000;

export class Control {
  readonly #url: string;
  readonly #stream: string;
  readonly #listeners: ((state: DemoState) => void)[] = [];
  #last: DemoState | undefined;
  /** Counts changes: an answer that was asked for before the last one is old. */
  #changes = 0;

  /** `stream`: whose viewers are simulated. */
  constructor(url: string, stream: string) {
    this.#url = url;
    this.#stream = stream;
  }

  /** Calls `listener` with the state that is known, and with each after it, about one a second. */
  onState(listener: (state: DemoState) => void): void {
    this.#listeners.push(listener);
    if (this.#last !== undefined) listener(this.#last);
  }

  /** Asks for the state now, and again and again. */
  start(): void {
    setInterval(() => void this.#ask(), PERIOD_MS);
    void this.#ask();
  }

  /** Changes what is named. Throws one line that a person can act on. */
  async change(wishes: Wishes): Promise<void> {
    this.#changes += 1;
    const response = await fetch(this.#url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(changeOf(wishes, this.#stream)),
    }).catch(() => undefined);
    this.#changes += 1;
    if (response === undefined) throw new Error('The demo\'s server cannot be reached.');
    if (!response.ok) throw new Error(`The demo's server says: ${await response.text()}.`);
    this.#tell((await response.json()) as DemoState);
  }

  async #ask(): Promise<void> {
    const asked = this.#changes;
    const response = await fetch(this.#url).catch(() => undefined);
    if (response?.ok !== true || asked !== this.#changes) return;
    this.#tell((await response.json()) as DemoState);
  }

  #tell(state: DemoState): void {
    this.#last = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** What is sent to the server. */
export function changeOf(wishes: Wishes, stream: string): object {
  const { viewers, poison, kbps, delayMs, origin, seeder, signaling } = wishes;
  const power = (runs: boolean | undefined): Power | undefined => (runs === undefined ? undefined : runs ? 'on' : 'off');
  const change = {
    origin: { power: power(origin), kbps, delayMs },
    seeder: power(seeder),
    signaling: power(signaling),
    viewers: { stream: viewers === undefined ? undefined : stream, count: viewers, poison: power(poison) },
  };
  return JSON.parse(JSON.stringify(change)) as object;
}

/** The state in the terms of wishes: what would restore it. */
export function wishesOf({ origin, seeder, signaling, viewers }: DemoState, stream: string): Wishes {
  return {
    ...(viewers.stream === stream && { viewers: viewers.count }),
    poison: viewers.poison === 'on',
    kbps: origin.kbps,
    delayMs: origin.delayMs,
    origin: origin.power === 'on',
    ...(seeder !== undefined && { seeder: seeder === 'on' }),
    ...(signaling !== undefined && { signaling: signaling === 'on' }),
  };
}
