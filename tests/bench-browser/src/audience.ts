// The pages of one contestant in a browser of their own: opened, looked at from time to time, and what they and their browser
// have used meanwhile.

import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../../e2e/src/viewer.js';
import type { Seen, Setup } from './page/watch.js';

const STARTS_MS = 30_000;

export class Audience {
  readonly browser: Browser;
  readonly pages: Page[] = [];
  readonly #session: CDPSession;
  readonly #address: string;
  readonly #setup: Setup;

  private constructor(browser: Browser, session: CDPSession, address: string, setup: Setup) {
    this.browser = browser;
    this.#session = session;
    this.#address = address;
    this.#setup = setup;
  }

  /** `address` is the contestant's page. */
  static async gather(address: string, setup: Setup): Promise<Audience> {
    const browser = await launchBrowser();
    return new Audience(browser, await browser.newBrowserCDPSession(), address, setup);
  }

  /** One more viewer, with an empty profile; returns when it sees its first frame. */
  async join(): Promise<void> {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    this.pages.push(page);
    await page.goto(`${this.#address}#${encodeURIComponent(JSON.stringify(this.#setup))}`);
    await page.waitForFunction(() => window.take?.().firstFrameMs !== undefined, undefined, { timeout: STARTS_MS, polling: 250 })
      .catch(async () => {
        const seen = await page.evaluate(() => JSON.stringify(window.take?.()));
        throw new Error(`${this.#address} does not play within ${STARTS_MS} ms: ${seen} ${errors.join(' ')}`);
      });
  }

  look(): Promise<Seen[]> {
    return Promise.all(this.pages.map((page) => page.evaluate(() => {
      if (window.take === undefined) throw new Error('the page has not started');
      return window.take();
    })));
  }

  /** Processor seconds that the whole browser has used. */
  async processorSeconds(): Promise<number> {
    const { processInfo } = await this.#session.send('SystemInfo.getProcessInfo');
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }

  /** Ids of the processes that pages run in. */
  async renderers(): Promise<number[]> {
    const { processInfo } = await this.#session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  }

  leave(): Promise<void> {
    return this.browser.close();
  }
}
