// What a site has running for its pages: an origin, signaling, a seeder for the film in DASH and one in HLS, each in
// the swarm that pages join by default. And a browser that hears whether a page's engine runs, and leaves the page as
// it is.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Places } from './examples.js';
import { Process } from './process.js';
import { launchBrowser } from './viewer.js';

declare global {
  interface Window {
    /** What the page's Workers said. */
    engineSaid?: { ready: boolean; failed: string[]; seederBytes: number };
  }
}

const PLAYS_MS = 60_000;
/** Further than what any of the players loads before its first frame. */
const PLAYED_S = 3;

export class Station {
  readonly places: Omit<Places, 'files'>;
  readonly #browser: Browser;

  private constructor(browser: Browser, places: Omit<Places, 'files'>) {
    this.#browser = browser;
    this.places = places;
  }

  static async start(t: TestContext): Promise<Station> {
    const [demo, said] = await Process.start('player-demo', [
      '--listen', '127.0.0.1:0', '--page', 'player-demo/web/dist', '--media', 'sample-media', '--no-seeder',
    ], /listening on http:\/\/(127\.0\.0\.1:\d+)/);
    t.after(() => demo.stop());
    const host = said[1] ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-key-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    let digestKey = '';
    for (const manifest of ['manifest.mpd', 'master.m3u8']) {
      const [seeder, key] = await Process.start('fugitive-seeder', [
        '--manifest', `http://${host}/media/${manifest}`, '--signaling', `ws://${host}/v1/ws`,
        '--key', join(folder, 'key'),
      ], /public-key ([0-9a-f]{64})/);
      t.after(() => seeder.stop());
      digestKey = key[1] ?? '';
    }
    const browser = await launchBrowser();
    t.after(() => browser.close());
    return new Station(browser, { film: `http://${host}/media`, signaling: `ws://${host}/v1/ws`, digestKey });
  }

  /** Opens a page with an empty profile. It plays, its engine runs, and bytes come from the seeder, or this throws. */
  async watch(url: string): Promise<void> {
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.addInitScript('globalThis.__name ??= (named) => named;');
    await page.addInitScript(listenToWorkers);
    await page.goto(url);
    await page.waitForFunction((played) => {
      const { ready = false, seederBytes = 0, failed = [] } = window.engineSaid ?? {};
      if (failed.length > 0) throw new Error('the engine failed');
      return ready && seederBytes > 0 && (document.querySelector('video')?.currentTime ?? 0) > played;
    }, PLAYED_S, { timeout: PLAYS_MS, polling: 100 }).catch(async () => {
      throw new Error(`${url} does not play with its engine\n${await report(page)}\n${complaints.join('\n')}`);
    });
    await context.close();
  }
}

function report(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify({
    position: document.querySelector('video')?.currentTime, error: document.querySelector('video')?.error?.message,
    engine: window.engineSaid,
  }));
}

/** What is looked at of a message of a Worker, which may be another's than ours. */
interface Said {
  type?: string;
  reason?: string;
  sources?: { seeder: number };
}

/** Runs in the page: hears what comes from its Workers. */
function listenToWorkers(): void {
  const said = { ready: false, failed: [] as string[], seederBytes: 0 };
  window.engineSaid = said;
  const Native = Worker;
  window.Worker = class extends Native {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options);
      this.addEventListener('error', ({ message }) => said.failed.push(message || 'the script did not load'));
      this.addEventListener('message', ({ data }: MessageEvent<Said>) => {
        if (data.type === 'ready') said.ready = true;
        if (data.type === 'failed') said.failed.push(data.reason ?? '');
        if (data.type === 'deliver') said.seederBytes += data.sources?.seeder ?? 0;
      });
    }
  };
}
