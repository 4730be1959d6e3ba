// A viewer: the demo's page in a browser profile of its own, and what a test may ask of it.

import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** What `window.fugitiveDemo` tells of segments and peers; see player-demo/web/src/main.ts. */
export interface PageEvent {
  type: string;
  source?: 'origin' | 'seeder' | 'peer' | 'stored';
  verified?: boolean;
  peer?: string;
  /** What each peer gave of a segment. */
  peers?: { peer: string; bytes: number }[];
  label?: string;
  startMs?: number;
  seeder?: boolean;
  reason?: unknown;
  uploads?: string;
  prefetch?: string;
  limits?: { maxTargetPeers: number };
  reasons?: string[];
  bytes?: number;
  live?: boolean;
  /** What is wrong with what came back from the store. */
  fault?: string;
  /** The state that it changes to. */
  to?: string;
}

export interface PageFigures {
  bySource: { origin: number; seeder: number; peer: number; stored: number };
  bufferS: number;
  rung: number;
  stats: {
    state: string; stalls: number; stalledMs: number; bufferedMs: number; peers: number; seeders: number; uploaded: number;
    verified: number; demands: number; corrupt: number; violations: number; storedSegments: number;
    received: { origin: number; seeder: number; peer: number; stored: number };
    offload: { total: number; stored: number };
    shelvedSegments: number; shelvedBytes: number; shelfFaults: number;
    plain: { requests: number; bytes: number };
    fallbacks: Record<string, number>;
    links: { peer: string; seeder: boolean; state: string; down: number; up: number; rttMs?: number }[];
    health: { linked: number; signaling: string };
  };
}

/** The few members of the page's global that tests reach for. */
interface Demo {
  player: {
    getRepresentationsByType(type: string): { id: string; height: number }[];
    setRepresentationForTypeById(type: string, id: string, replace: boolean): void;
    updateSettings(settings: object): void;
    seek(seconds: number): void;
    getCurrentLiveLatency(): number;
    getAverageThroughput(type: string): number;
    attachSource(url: string): void;
    /** Shaka's. */
    configure?(settings: object): void;
  };
  fugitive: { allowUploads(answer: 'on' | 'off'): void; pause(): void; resume(): void };
  figures(): PageFigures;
  clearStore(): Promise<void>;
  events: PageEvent[];
  rival(): { bytes: number; stalls: number } | undefined;
}

declare global {
  interface Window {
    fugitiveDemo?: Demo;
    appendedDigests: Promise<string>[];
    /** What a test has the engine tell of its rate, in bits per second. */
    toldRate?: number;
  }
}

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

export async function launchBrowser(): Promise<Browser> {
  const places = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const executablePath = places.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium: install it (apt-get install chromium), or set CHROMIUM');
  // Playwright's own headless switch would choose the old mode.
  return chromium.launch({ executablePath, headless: false, args: FLAGS, env: { ...process.env, DISPLAY: '' } });
}

/** How long a frame is shown, in milliseconds: of a shorter stall, as one player has at its start, nobody sees anything. */
export const FRAME_MS = 40;

/** How a viewer comes to the page. */
export interface Visit {
  stream?: string;
  /** `dashjs`, `dashjs4`, `hlsjs` or `shaka`; by default the one that is usual for the stream. */
  player?: string;
  transfer?: 'auto' | 'never';
  /** More of the page's address: what the playground restores. */
  query?: Record<string, string>;
  /** Runs in the page before its own scripts. */
  before?: () => void;
  /** Prepares the profile, before the page is opened. */
  profile?: (context: BrowserContext) => Promise<void>;
  /** Changes of the server's /config.json. */
  config?: Record<string, unknown>;
}

export class Viewer {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #visit: Visit;
  /** What the page's console complained of. */
  readonly complaints: string[] = [];
  /** Files of the engine that the page and its Worker asked for. */
  readonly engines: string[] = [];

  private constructor(context: BrowserContext, page: Page, origin: string, visit: Visit) {
    this.#context = context;
    this.#origin = origin;
    this.#visit = visit;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    context.on('request', (request) => {
      const [engine] = /fugitive_\w+?(?=[.-][^/]*wasm|\.wasm)/.exec(request.url()) ?? [];
      if (engine !== undefined) this.engines.push(engine);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Opens the page with an empty profile, and starts to play. */
  static async open(browser: Browser, origin: string, visit: Visit = {}): Promise<Viewer> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await visit.profile?.(context);
    return Viewer.#openIn(context, origin, visit);
  }

  /** Opens the page once more, in a tab beside this one. */
  anotherTab(): Promise<Viewer> {
    return Viewer.#openIn(this.#context, this.#origin, this.#visit);
  }

  static async #openIn(context: BrowserContext, origin: string, visit: Visit): Promise<Viewer> {
    const page = await context.newPage();
    const viewer = new Viewer(context, page, origin, visit);
    // What compiles these tests names functions by a helper, which functions that run in the page would miss.
    await page.addInitScript('globalThis.__name ??= (named) => named;');
    await page.addInitScript(recordAppends);
    if (visit.before !== undefined) await page.addInitScript(visit.before);
    const { config } = visit;
    if (config !== undefined) {
      await page.route('**/config.json', async (route) => {
        const given = (await (await route.fetch()).json()) as Record<string, unknown>;
        await route.fulfill({ json: { ...given, ...config } });
      });
    }
    const query = new URLSearchParams({
      stream: visit.stream ?? 'vod', muted: '1', autoplay: '1', transfer: visit.transfer ?? 'auto',
      ...(visit.player !== undefined && { player: visit.player }), ...visit.query,
    });
    await page.goto(`${origin}/?${query.toString()}`);
    return viewer;
  }

  figures(): Promise<PageFigures> {
    return this.page.evaluate(() => {
      if (window.fugitiveDemo === undefined) throw new Error('the page has not started');
      return window.fugitiveDemo.figures();
    });
  }

  /** Events of one type so far, in order. */
  events(type: string): Promise<PageEvent[]> {
    return this.page.evaluate((type) => (window.fugitiveDemo?.events ?? []).filter((event) => event.type === type), type);
  }

  position(): Promise<number> {
    return this.page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  }

  /** Waits until the playhead has passed a second. */
  async playsPast(seconds: number, withinMs = 60_000): Promise<void> {
    await this.until((at) => (document.querySelector('video')?.currentTime ?? 0) >= at, seconds, withinMs,
      `the playhead did not pass ${seconds} s`);
  }

  /** Waits until the playhead has moved this far from where it is. */
  async playsOn(seconds: number, withinMs = seconds * 1_000 + 20_000): Promise<void> {
    await this.playsPast((await this.position()) + seconds, withinMs);
  }

  async seesEvent(type: string, withinMs = 30_000): Promise<PageEvent> {
    await this.until((type) => window.fugitiveDemo?.events.some((event) => event.type === type) ?? false, type, withinMs,
      `no event ${type}`);
    const [first] = await this.events(type);
    if (first === undefined) throw new Error(`invariant: ${type} was there`);
    return first;
  }

  async until<T>(condition: (argument: T) => boolean, argument: T, withinMs: number, complaint: string): Promise<void> {
    const wait = this.page.waitForFunction(condition as (argument: unknown) => boolean, argument, { timeout: withinMs, polling: 100 });
    await wait.catch(async (error: unknown) => {
      if (this.page.isClosed()) throw error;
      throw new Error(`${complaint} within ${withinMs} ms\n${await this.report()}`);
    });
  }

  /** SHA-256 of everything that was given to the browser's media source, in order. */
  appended(): Promise<string[]> {
    return this.page.evaluate(() => Promise.all(window.appendedDigests));
  }

  /** What a failed test prints. */
  async report(): Promise<string> {
    const state = await this.page.evaluate(() => JSON.stringify({
      position: document.querySelector('video')?.currentTime,
      figures: window.fugitiveDemo?.figures(),
      events: window.fugitiveDemo?.events.slice(-25),
      trouble: document.getElementById('trouble')?.textContent,
    }, undefined, 1));
    return `${state}\nconsole: ${this.complaints.join('\n')}`;
  }

  /** Closes the tab and its profile. */
  close(): Promise<void> {
    return this.#context.close();
  }
}

/** Runs in the page: keeps a digest of each piece of media that the player appends. */
function recordAppends(): void {
  window.appendedDigests = [];
  const append = SourceBuffer.prototype.appendBuffer;
  SourceBuffer.prototype.appendBuffer = function (data: BufferSource): void {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      : new Uint8Array(data).slice();
    window.appendedDigests.push(crypto.subtle.digest('SHA-256', bytes).then((digest) =>
      Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')));
    append.call(this, data);
  };
}
