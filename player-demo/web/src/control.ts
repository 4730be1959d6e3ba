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
  origin: {
    power: Power; kbps: number; delayMs: number;
    /** The link that the demo was started with. */
    startKbps: number;
    sentToViewers: number; sentToSeeders: number;
  };
  /** Absent where it runs elsewhere. */
  seeder?: Power;
  signaling?: Power;
  viewers: { stream: string; count: number; poison: Power; most: number };
  members: Member[];
}

/** How often the state is asked for, in milliseconds. */
const PERIOD_MS = 1_000;
/** So many questions without an answer, and the server counts as gone. */
const MISSES = 3;

export class Control {
  /** Whose viewers are simulated. */
  readonly stream: string;
  readonly #url: string;
  readonly #listeners: ((state: DemoState) => void)[] = [];
  readonly #reaches: ((reach: 'here' | 'away') => void)[] = [];
  #last: DemoState | undefined;
  #misses = 0;
  /** Counts changes when they begin and when they are done: an answer that was asked for before is old. */
  #changes = 0;
  /** The last change that was begun. */
  #begun = 0;

  constructor(url: string, stream: string) {
    this.#url = url;
    this.stream = stream;
  }

  /** Calls `listener` with the state that is known, and with each after it, about one a second. */
  onState(listener: (state: DemoState) => void): void {
    this.#listeners.push(listener);
    if (this.#last !== undefined) listener(this.#last);
  }

  /** Calls `listener` when the server does not answer any more, and when it does again. */
  onReach(listener: (reach: 'here' | 'away') => void): void {
    this.#reaches.push(listener);
  }

  /** The state as it is known. */
  get last(): DemoState | undefined {
    return this.#last;
  }

  /** Asks for the state now, and again and again; returns with the first answer. */
  async start(): Promise<DemoState | undefined> {
    setInterval(() => void this.#ask(), PERIOD_MS);
    await this.#ask();
    return this.#last;
  }

  /** Changes what is named. Throws one line that a person can act on. */
  async change(wishes: Wishes): Promise<void> {
    this.#changes += 1;
    const change = (this.#begun += 1);
    const response = await fetch(this.#url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(changeOf(wishes, this.stream)),
    }).catch(() => undefined);
    this.#changes += 1;
    if (response === undefined) throw new Error('The demo\'s server cannot be reached.');
    if (!response.ok) throw new Error(`The demo's server says: ${await response.text()}.`);
    const state = (await response.json()) as DemoState;
    // Another change is on its way: what the viewer sees is ahead of this answer.
    if (change === this.#begun) this.#tell(state);
  }

  async #ask(): Promise<void> {
    const asked = this.#changes;
    const response = await fetch(this.#url).catch(() => undefined);
    this.#count(response?.ok === true);
    if (response?.ok !== true || asked !== this.#changes) return;
    this.#tell((await response.json()) as DemoState);
  }

  #count(isAnswered: boolean): void {
    const wasAway = this.#misses >= MISSES;
    this.#misses = isAnswered ? 0 : this.#misses + 1;
    const isAway = this.#misses >= MISSES;
    if (wasAway !== isAway) for (const listener of this.#reaches) listener(isAway ? 'away' : 'here');
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

/** What is to be changed for the demo to be as a page's address has it, which names what is not as at the demo's start. */
export function changesTo(wishes: Wishes, state: DemoState, stream: string): Wishes {
  const now: Wishes = { viewers: 0, ...wishesOf(state, stream) };
  const start: Wishes = {
    viewers: 0, poison: false, kbps: state.origin.startKbps, delayMs: 0, origin: true,
    // What runs elsewhere is not this server's to change.
    ...(state.seeder !== undefined && { seeder: true }),
    ...(state.signaling !== undefined && { signaling: true }),
  };
  const wanted: Wishes = { ...start, ...wishes };
  const names = Object.keys(wanted) as (keyof Wishes)[];
  return Object.fromEntries(names.filter((name) => wanted[name] !== now[name]).map((name) => [name, wanted[name]]));
}
