// A swarm for a test: the demo's server, and where a test ends them one by one, signaling and seeder apart.

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Process, ROOT } from './process.js';
import { launchBrowser, Viewer, type Visit } from './viewer.js';

const LISTENING = /listening on (http:\/\/127\.0\.0\.1:\d+)/;
const PUBLIC_KEY = /public-key ([0-9a-f]{64})/;

/** The demo's server and a browser, both gone when the test ends. */
export class Swarm {
  readonly origin: string;
  readonly #browser: Browser;
  readonly #config: Record<string, unknown> | undefined;
  readonly signaling: Process | undefined;
  readonly seeder: Process | undefined;

  private constructor(
    origin: string, browser: Browser,
    apart?: { signaling?: Process; seeder?: Process; config: Record<string, unknown> },
  ) {
    this.origin = origin;
    this.#browser = browser;
    this.signaling = apart?.signaling;
    this.seeder = apart?.seeder;
    this.#config = apart?.config;
  }

  /** All in one process, as `cargo xtask demo` has it. */
  static async start(t: TestContext): Promise<Swarm> {
    const origin = await startDemo(t, []);
    return new Swarm(origin, await startBrowser(t));
  }

  /** Signaling and seeder as the binaries that an operator runs; signaling with more flags. The seeder has one stream. */
  static async startApart(t: TestContext, { stream = 'vod', flags = [] as string[] } = {}): Promise<Swarm> {
    const origin = await startDemo(t, ['--no-signaling', '--no-seeder']);
    const [signaling, heard] = await Process.start('fugitive-signaling', ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', ...flags], /127\.0\.0\.1:(\d+)/);
    t.after(() => signaling.stop());
    const signalingUrl = `ws://127.0.0.1:${heard[1] ?? ''}/v1/ws`;
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-e2e-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const { manifestUrl, swarm } = await streamOf(origin, stream);
    const [seeder, key] = await Process.start('fugitive-seeder', [
      '--manifest', `${origin}${manifestUrl}`, '--signaling', signalingUrl, '--swarm', swarm,
      '--key', join(folder, 'seeder.key'),
    ], PUBLIC_KEY);
    t.after(() => seeder.stop());
    const config = { signalingUrl, digestKey: key[1] };
    return new Swarm(origin, await startBrowser(t), { signaling, seeder, config });
  }

  /** The demo's page and signaling, with streams and a seeder that the test brings: what it changes of /config.json. */
  static async startWith(
    t: TestContext, bring: (signalingUrl: string) => Promise<Record<string, unknown>>,
  ): Promise<Swarm> {
    const origin = await startDemo(t, ['--no-seeder']);
    const config = await bring(`${origin.replace('http', 'ws')}/v1/ws`);
    return new Swarm(origin, await startBrowser(t), { config });
  }

  /** Another viewer, with a profile of its own. */
  watch(visit: Visit = {}): Promise<Viewer> {
    return Viewer.open(this.#browser, this.origin, this.#config === undefined ? visit
      : { ...visit, config: { ...this.#config, ...visit.config } });
  }

  /** Another page of the demo, in a profile of its own. */
  async open(path: string): Promise<Page> {
    const page = await (await this.#browser.newContext()).newPage();
    await page.addInitScript('globalThis.__name ??= (named) => named;');
    await page.goto(`${this.origin}${path}`);
    return page;
  }
}

async function startDemo(t: TestContext, flags: string[]): Promise<string> {
  const [demo, said] = await Process.start('player-demo', [
    '--listen', '127.0.0.1:0', '--page', 'player-demo/web/dist', '--media', 'sample-media', ...flags,
  ], LISTENING);
  t.after(() => demo.stop());
  return said[1] ?? '';
}

/** Where a stream of the demo's page is, and the name that this gives its swarm. */
async function streamOf(origin: string, stream: string): Promise<{ manifestUrl: string; swarm: string }> {
  const config = (await (await fetch(`${origin}/config.json`)).json()) as {
    streams: { id: string; manifestUrl: string; swarm: string }[];
  };
  const found = config.streams.find(({ id }) => id === stream);
  if (found === undefined) throw new Error(`/config.json has no stream ${stream}`);
  return found;
}

async function startBrowser(t: TestContext): Promise<Browser> {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  return browser;
}

/** SHA-256 of every file of the sample clip. */
export async function sampleDigests(): Promise<Set<string>> {
  const folder = join(ROOT, 'sample-media');
  const digests = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(mp4|m4s)$/.test(entry.name)) continue;
    digests.add(createHash('sha256').update(await readFile(join(entry.parentPath, entry.name))).digest('hex'));
  }
  return digests;
}
