// What the demo's server says there is to watch, and what the address bar asks for.

/** One stream of the demo. */
export interface Stream {
  id: string;
  title: string;
  manifestUrl: string;
  swarm: string;
}

/** `GET /config.json`. */
export interface DemoConfig {
  signalingUrl: string;
  digestKey?: string;
  streams: Stream[];
}

/** The players that the page can play with. */
export type PlayerKind = 'dashjs' | 'dashjs4' | 'hlsjs' | 'shaka';

const PLAYERS: readonly PlayerKind[] = ['dashjs', 'dashjs4', 'hlsjs', 'shaka'];

/** `?stream=live&player=shaka&muted=1&autoplay=1&transfer=never`. */
export interface Query {
  stream: string | null;
  /** Undefined: the one that is usual for the stream's format. */
  player: PlayerKind | undefined;
  muted: boolean;
  autoplay: boolean;
  transfer: 'auto' | 'never';
}

export function readQuery(search: string): Query {
  const query = new URLSearchParams(search);
  return {
    stream: query.get('stream'),
    player: PLAYERS.find((kind) => kind === query.get('player')),
    muted: query.get('muted') === '1',
    autoplay: query.get('autoplay') === '1',
    transfer: query.get('transfer') === 'never' ? 'never' : 'auto',
  };
}

/** Reads the server's settings. Throws one line that a person can act on. */
export async function readConfig(): Promise<DemoConfig> {
  const response = await fetch('/config.json').catch(() => undefined);
  if (response?.ok !== true) throw new Error('This page needs its server: start it with "cargo xtask demo".');
  const config = (await response.json()) as Partial<DemoConfig>;
  if (typeof config.signalingUrl !== 'string' || !Array.isArray(config.streams) || config.streams.length === 0) {
    throw new Error('The server\'s /config.json names no stream: check how player-demo was started.');
  }
  return config as DemoConfig;
}
