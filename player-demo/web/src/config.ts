// What the demo's server says there is to watch.

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
  /** Where the demo is changed while it runs; absent where it cannot be. */
  controlUrl?: string;
  /** The page of files. */
  gallery?: { list: string; swarm: string; digestKey: string };
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
