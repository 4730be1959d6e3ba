// The players that the demo can play with: one line each, and a module each in players/ that is loaded when it is chosen.

import type { Fugitive, PolicyOptions } from 'fugitive-dashjs';

/** What a player is opened with. */
export interface Setup {
  video: HTMLVideoElement;
  /** Absent: plays over HTTP alone, as the player comes. */
  sharing?: Sharing;
  /** Kept ahead of the playhead, in seconds. */
  bufferS: number;
}

/** What the plug-in is given; its own options have the same names. */
export interface Sharing {
  signalingUrl: string;
  swarm: string;
  channelTransfer: 'auto' | 'never';
  digestKey?: string;
  prefetchWindowMs?: number;
  policy: PolicyOptions;
}

/** A player as the page uses it. */
export interface DemoPlayer {
  /** The player's own object, for tests and tinkering. */
  readonly raw: unknown;
  /** The plug-in, where it shares. */
  readonly fugitive: Fugitive | undefined;
  play(manifestUrl: string, start: 'now' | 'byViewer'): void;
  isLive(): boolean;
  /** Of the rung of pictures that is fetched, in bits per second; undefined before it is known. */
  bitrate(): number | undefined;
  /** Bytes of segments that the player fetched or was given so far. */
  loadedBytes(): number;
  /** Calls `listener` when it cannot play. */
  onFailure(listener: () => void): void;
}

/** An entry of the list of players. */
export interface PlayerChoice {
  id: string;
  title: string;
  load(): Promise<(setup: Setup) => DemoPlayer>;
}

/** Every player, the first by default. */
export const PLAYERS: readonly [PlayerChoice, ...PlayerChoice[]] = [
  { id: 'dashjs', title: 'dash.js 5', load: async () => (await import('./players/dashjs.js')).openDashjs },
];

export function playerOf(id: string | null): PlayerChoice {
  return PLAYERS.find((choice) => choice.id === id) ?? PLAYERS[0];
}
