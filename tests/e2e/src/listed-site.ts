// A site with a signed list of its files: its server, which counts what is asked of it, its signaling, and its visitors.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { FugitiveEvent, FugitiveFetch } from '../../../dashjs-bridge/ts/fetch.js';
import { font } from './font.js';
import { listen } from './loopback.js';
import { Process, ROOT } from './process.js';
import { launchBrowser } from './viewer.js';

declare global {
  interface Window {
    /** The page's own. */
    fugitiveFetch: FugitiveFetch;
    events: FugitiveEvent[];
    /** What the site's script sets. */
    appRan?: boolean;
    /** The page's service worker has heard its offer. */
    offered?: Promise<void>;
  }
}

const TYPES: Record<string, string> = {
  '.bin': 'application/octet-stream', '.css': 'text/css; charset=utf-8', '.gif': 'image/gif', '.html': 'text/html',
  '.jpg': 'image/jpeg', '.js': 'text/javascript; charset=utf-8', '.png': 'image/png', '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf', '.wasm': 'application/wasm', '.webp': 'image/webp',
};
const GIF = 'R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>';

/** How a visitor comes. */
export interface Visit {
  /** The page's path. */
  path?: string;
  /** Options of its `createFetch` beside what the site knows; `list: null` for none. */
  options?: Record<string, unknown>;
  /** Runs in the page before its own scripts. */
  before?: () => void;
}

export class ListedSite {
  readonly origin: string;
  readonly folder: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #held = new Map<string, () => Promise<void>>();
  /** Pages of the test's own, by their paths. */
  readonly pages = new Map<string, string>();
  readonly #browser: Browser;
  #options: Record<string, unknown> = {};

  private constructor(origin: string, folder: string, browser: Browser) {
    this.origin = origin;
    this.folder = folder;
    this.#browser = browser;
  }

  static async start(t: TestContext): Promise<ListedSite> {
    const folder = await mkdtemp(join(tmpdir(), 'fugitive-listed-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const browser = await launchBrowser();
    t.after(() => browser.close());
    let site: ListedSite | undefined;
    const origin = await listen(t, (request, response) => void site?.answer(request, response));
    site = new ListedSite(origin, folder, browser);
    const [signaling, heard] = await Process.start('fugitive-signaling', ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], /127\.0\.0\.1:(\d+)/);
    t.after(() => signaling.stop());
    site.#options = { signalingUrl: `ws://127.0.0.1:${heard[1] ?? ''}/v1/ws` };
    await site.#write(await pictures(browser));
    await site.sign(t);
    return site;
  }

  /** Signs the files as they are now. */
  async sign(t: TestContext, key = `${this.folder}.key`): Promise<void> {
    const [signer, said] = await Process.start('fugitive-seeder', [
      'sign', this.folder, '--files', '--base-url', `${this.origin}/`, '--key', key,
    ], /public-key ([0-9a-f]{64})[^]*files of/);
    t.after(() => rm(key, { force: true }));
    await signer.stop();
    this.#options['digestKey'] = said[1];
  }

  /** The public key that the files were signed with last. */
  get digestKey(): string {
    return String(this.#options['digestKey']);
  }

  get signalingUrl(): string {
    return String(this.#options['signalingUrl']);
  }

  /** Signs the files, and starts a seeder that follows their list, with the same key. */
  async seed(t: TestContext): Promise<void> {
    const key = `${this.folder}.seeder.key`;
    t.after(() => rm(key, { force: true }));
    await this.sign(t, key);
    const [seeder] = await Process.start('fugitive-seeder', [
      '--manifest', `${this.origin}/fugitive.files`, '--signaling', this.signalingUrl, '--key', key,
    ], /public-key ([0-9a-f]{64})/);
    t.after(() => seeder.stop());
  }

  /** A visitor with a profile of its own, whose page has its `fugitiveFetch`. */
  async visit(visit: Visit = {}): Promise<Page> {
    const context = await this.#browser.newContext();
    return this.open(context, visit);
  }

  /** Another page of a visitor's. */
  async open(context: BrowserContext, { path = '/', options, before }: Visit = {}): Promise<Page> {
    const page = await context.newPage();
    await page.addInitScript('globalThis.__name ??= (named) => named;');
    if (before !== undefined) await page.addInitScript(before);
    const own = new URLSearchParams({ options: JSON.stringify({ ...this.#options, ...options }) });
    await page.goto(`${this.origin}${path}?${own.toString()}`);
    return page;
  }

  /** How often a file was asked for. */
  count(path: string): number {
    return this.asked.filter((asked) => asked === path).length;
  }

  /** Waits until a file was asked for. */
  async isAsked(path: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (this.count(path) === 0) {
      if (Date.now() > deadline) throw new Error(`${path} was not asked for: ${this.asked.join(' ')}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Keeps the next answer for a path back. What this returns waits until it is asked for, and lets it go. */
  hold(path: string): () => Promise<void> {
    let go: () => void = () => undefined;
    const mayGo = new Promise<void>((resolve) => { go = resolve; });
    const isAsked = new Promise<void>((asked) => {
      this.#held.set(path, () => {
        asked();
        return mayGo;
      });
    });
    return () => isAsked.then(go);
  }

  async digest(path: string): Promise<string> {
    return createHash('sha256').update(await readFile(join(this.folder, path))).digest('hex');
  }

  /** As an `integrity` attribute has it. */
  async integrity(path: string, algorithm = 'sha224'): Promise<string> {
    const digest = createHash(algorithm).update(await readFile(join(this.folder, path))).digest('base64');
    return `${algorithm}-${digest}`;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    this.asked.push(pathname);
    const held = this.#held.get(pathname);
    this.#held.delete(pathname);
    await held?.();
    const page = this.pages.get(pathname) ?? (pathname === '/' ? PAGE : undefined);
    const file = pathname.startsWith('/fugitive/')
      ? join(ROOT, 'dashjs-bridge/dist', normalize(pathname.slice('/fugitive'.length)))
      : join(this.folder, normalize(pathname));
    const body = page ?? await readFile(file).catch(() => undefined);
    if (body === undefined) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('none');
    const type = TYPES[extname(pathname)] ?? (page === undefined ? 'application/octet-stream' : 'text/html');
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #write(made: Record<string, Buffer>): Promise<void> {
    const files: Record<string, string | Buffer> = {
      ...made,
      'js/app.js': 'window.appRan = true;\n',
      'css/site.css': '@font-face { font-family: Site; src: url("../fonts/site.ttf"); }\nbody { color: rgb(1, 2, 3); }\n',
      'fonts/site.ttf': font('Site'),
      'img/dot.gif': Buffer.from(GIF, 'base64'),
      'img/box.svg': SVG,
      'data/large.bin': randomBytes(300_000),
      'data/small.bin': randomBytes(100),
      'data/words.json': words(),
    };
    for (const [path, body] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true });
      await writeFile(join(this.folder, path), body);
    }
  }
}

/** Some 200 kB of text, a tenth of that when packed. */
function words(): string {
  return JSON.stringify(Array.from({ length: 5_000 }, (_, index) => ({ word: `number ${index.toString()}`, isEven: index % 2 === 0 })));
}

/** Pictures that only a browser draws. */
async function pictures(browser: Browser): Promise<Record<string, Buffer>> {
  const page = await browser.newPage();
  const drawn = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8;
    canvas.getContext('2d')?.fillRect(0, 0, 4, 4);
    return ['png', 'jpeg', 'webp'].map((type) => canvas.toDataURL(`image/${type}`).replace(/^.*,/, ''));
  });
  await page.close();
  const [png = '', jpg = '', webp = ''] = drawn;
  return Object.fromEntries(Object.entries({ png, jpg, webp })
    .map(([end, text]) => [`img/drawn.${end}`, Buffer.from(text, 'base64')]));
}

const PAGE = `<!doctype html><title>A site</title><body><script type="module">
  import { createFetch } from '/fugitive/fetch.js';
  const options = JSON.parse(new URLSearchParams(location.search).get('options'));
  window.events = [];
  if (options.list === null) delete options.list;
  else options.list ??= '/fugitive.files';
  window.fugitiveFetch = createFetch(options);
  window.fugitiveFetch.fugitive.on('*', (event) => window.events.push(event));
</script>`;

/** Waits until a visitor has a neighbour. */
export async function linked(page: Page): Promise<void> {
  await until(page, () => window.fugitiveFetch.fugitive.stats().peers > 0, 0);
}

/** Waits until the page's service worker has heard what the page offers. */
export async function served(page: Page): Promise<void> {
  await page.waitForFunction(() => window.offered !== undefined, undefined, { timeout: 30_000 });
  await page.evaluate(() => window.offered);
}

/** Waits until something holds in a visitor's page; a failure tells what the page has seen. */
export async function until<T>(page: Page, condition: (argument: T) => boolean, argument: T): Promise<void> {
  await page.waitForFunction(condition as (argument: unknown) => boolean, argument, { timeout: 30_000, polling: 100 })
    .catch(async () => {
      const report = await page.evaluate(() => JSON.stringify({ stats: window.fugitiveFetch.fugitive.stats(), events: window.events }));
      throw new Error(`${String(condition)} did not become true\n${report}`);
    });
}
