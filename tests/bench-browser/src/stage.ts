// What a run has running besides its browser: signaling with its second front open, which p2p-media-loader meets at, and where a
// contestant wants one, a seeder.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process } from '../../e2e/src/process.js';
import type { Contestant } from './contestants.js';
import { ALL } from './contestants.js';
import { Origin } from './origin.js';
import type { Setup } from './page/watch.js';
import { watchScript } from './script.js';

export interface Stage {
  origin: Origin;
  /** Where the pages are. */
  pages: string;
  seeders: string;
  signaling: string;
  tracker: string;
}

/** A swarm of one contestant's pages. */
export interface Swarm {
  setup: Setup;
  stop(): Promise<void>;
}

/** Starts origin and signaling, has `act` use them, and ends them. */
export async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const [origin, pages, seeders] = await Origin.start(ALL, await watchScript());
  try {
    const flags = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--webtorrent'];
    const [server, said] = await Process.start('fugitive-signaling', flags, /(ws:\/\/127\.0\.0\.1:\d+)\/announce/);
    try {
      const [, address = ''] = said;
      return await act({ origin, pages, seeders, signaling: `${address}/v1/ws`, tracker: `${address}/announce` });
    } finally {
      await server.stop();
    }
  } finally {
    origin.stop();
  }
}

let swarms = 0;

/** A swarm that nobody was in before, for a stream: `film` or `live`. */
export async function openSwarm(stage: Stage, { plays, hls, trust }: Contestant, stream: string, settings: object): Promise<Swarm> {
  swarms += 1;
  const swarm = `bench-${process.pid}-${swarms}`;
  const setup: Setup = {
    plays, manifest: `/${stream}/master.m3u8`, hls: { ...settings, ...hls }, swarm, signaling: stage.signaling, tracker: stage.tracker,
    ...(trust !== undefined && trust !== 'signed' && { trust }),
  };
  if (trust !== 'signed') return { setup, stop: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'fugitive-bench-'));
  const [seeder, key] = await Process.start('fugitive-seeder', [
    '--manifest', `${stage.seeders}/${stream}/master.m3u8`, '--signaling', stage.signaling, '--swarm', swarm,
    '--key', join(folder, 'key'),
  ], /public-key ([0-9a-f]{64})/);
  const stop = async () => {
    await seeder.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { setup: { ...setup, digestKey: key[1] ?? '' }, stop };
}
