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
  start: 'firstFrame' | 'atOnce';
  digestKey?: string;
  prefetchWindowMs?: number;
  store?: { maxBytes: number } | false;
  policy: PolicyOptions;
}

/** Whether playback begins by itself. */
export type Start = 'now' | 'byViewer';

/** A segment that a player was given, over its own HTTP or by the plug-in. */
export interface Loaded {
  /** Its track, in the words of a segment's label. */
  track: string;
  startMs: number;
  durationMs: number;
  bytes: number;
}

/** A player as the page uses it. */
export interface DemoPlayer {
  /** The player's own object, for tests and tinkering. */
  readonly raw: unknown;
  /** The plug-in, where it shares. */
  readonly fugitive: Fugitive | undefined;
  play(manifestUrl: string, start: Start): void;
  /** Starts over with what it could not go on with. */
  restart(manifestUrl: string, start: Start): void;
  isLive(): boolean;
  /** Of the rung of pictures that is fetched, in bits per second; undefined before it is known. */
  bitrate(): number | undefined;
  /** Bytes of segments that the player fetched or was given so far. */
  loadedBytes(): number;
  /** How far behind a live stream's edge it plays, in seconds; undefined where that is not known. */
  behindLiveS(): number | undefined;
  /** Calls `listener` for each segment that it has; players may leave some out. */
  onLoaded(listener: (segment: Loaded) => void): void;
  /** Calls `listener` with the reason when it gives something up that it cannot play without. It may recover. */
  onFailure(listener: (reason: string) => void): void;
}

/** How often, in tries and milliseconds, players ask again for what failed: an origin that is away for a moment is no end. */
export const RETRIES = 8;
export const RETRY_MS = 1_000;

/** What a manifest is written in. */
export type Format = 'dash' | 'hls';

/** An entry of the list of players. */
export interface PlayerChoice {
  id: string;
  title: string;
  plays: readonly Format[];
  load(): Promise<(setup: Setup) => DemoPlayer>;
}

/** Every player; of those that play a stream the first by default. */
export const PLAYERS: readonly PlayerChoice[] = [
  { id: 'dashjs', title: 'dash.js 5', plays: ['dash'], load: async () => (await import('./players/dashjs.js')).openDashjs },
  { id: 'dashjs4', title: 'dash.js 4', plays: ['dash'], load: async () => (await import('./players/dashjs4.js')).openDashjs4 },
  { id: 'hlsjs', title: 'hls.js', plays: ['hls'], load: async () => (await import('./players/hlsjs.js')).openHlsjs },
  { id: 'shaka', title: 'Shaka', plays: ['dash', 'hls'], load: async () => (await import('./players/shaka.js')).openShaka },
];

export function formatOf(manifestUrl: string): Format {
  return manifestUrl.endsWith('.m3u8') ? 'hls' : 'dash';
}

/** The player of that id where it plays the format, else the one that is usual for it. */
export function playerOf(id: string | null, format: Format): PlayerChoice {
  const able = PLAYERS.filter(({ plays }) => plays.includes(format));
  const [usual] = able;
  if (usual === undefined) throw new Error(`No player plays ${format}.`);
  return able.find((choice) => choice.id === id) ?? usual;
}

/** A request's address with a name of its own: what the player beside it fetched is not to come out of the browser's cache. */
export function apart(address: string): string {
  const url = new URL(address, location.href);
  url.searchParams.set('alone', '1');
  return url.href;
}
