// A viewer in Firefox: the demo's page, driven over WebDriver BiDi, which Firefox speaks by itself.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import WebSocket from 'ws';
import type { PageEvent, PageFigures } from './viewer.js';

const STARTS_MS = 60_000;
const ANSWERS_MS = 30_000;
const STOP_MS = 5_000;
/** What a new profile would do of its own accord, and autoplay, which the demo's muted page asks for. */
const PREFERENCES: Record<string, boolean | number | string> = {
  'app.normandy.enabled': false, 'app.update.enabled': false, 'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0, 'browser.newtabpage.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false, 'media.autoplay.default': 0, 'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false,
  'network.prefetch-next': false, 'services.settings.server': '', 'toolkit.telemetry.enabled': false,
  'browser.safebrowsing.update.enabled': false, 'network.dns.disablePrefetch': true, 'remote.prefs.recommended': true,
};

interface Reply {
  id?: number;
  type: string;
  result?: unknown;
  message?: string;
}

/** What `script.callFunction` answers. */
interface Called {
  type: 'success' | 'exception';
  result: { value?: string };
  exceptionDetails?: { text: string };
}

export class FirefoxViewer {
  readonly #socket: WebSocket;
  readonly #context: string;

  private constructor(socket: WebSocket, context: string) {
    this.#socket = socket;
    this.#context = context;
  }

  /** Opens `url` in a Firefox with an empty profile; both are gone when the test ends. */
  static async open(t: TestContext, url: string): Promise<FirefoxViewer> {
    const socket = await startFirefox(t);
    await send(socket, 'session.new', { capabilities: {} });
    const { contexts: [first] } = (await send(socket, 'browsingContext.getTree', {})) as { contexts: { context: string }[] };
    if (first === undefined) throw new Error('Firefox has no window');
    await send(socket, 'browsingContext.navigate', { context: first.context, url, wait: 'complete' });
    return new FirefoxViewer(socket, first.context);
  }

  /** Calls a function in the page; what it returns must be JSON. */
  async evaluate<T>(act: () => T | Promise<T>): Promise<T> {
    const functionDeclaration = `async () => { globalThis.__name ??= (named) => named; return JSON.stringify(await (${act.toString()})()); }`;
    const called = (await send(this.#socket, 'script.callFunction', {
      functionDeclaration, awaitPromise: true, target: { context: this.#context },
    })) as Called;
    if (called.type === 'exception') throw new Error(`in Firefox's page: ${called.exceptionDetails?.text}`);
    return JSON.parse(called.result.value ?? 'null') as T;
  }

  async playsPast(seconds: number, withinMs = 60_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const at = await this.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
      if (at >= seconds) return;
      if (Date.now() > deadline) throw new Error(`Firefox's playhead did not pass ${seconds} s\n${await this.report()}`);
      await new Promise((done) => { setTimeout(done, 100); });
    }
  }

  figures(): Promise<PageFigures> {
    return this.evaluate(() => {
      if (window.fugitiveDemo === undefined) throw new Error('the page has not started');
      return window.fugitiveDemo.figures();
    });
  }

  /** All events so far. */
  events(): Promise<PageEvent[]> {
    return this.evaluate(() => window.fugitiveDemo?.events ?? []);
  }

  /** What a failed test prints. */
  report(): Promise<string> {
    return this.evaluate(() => JSON.stringify({
      position: document.querySelector('video')?.currentTime, error: document.querySelector('video')?.error?.message,
      figures: window.fugitiveDemo?.figures(), events: window.fugitiveDemo?.events.slice(-25),
      trouble: document.getElementById('trouble')?.textContent,
    }, undefined, 1));
  }
}

async function startFirefox(t: TestContext): Promise<WebSocket> {
  const profile = await mkdtemp(join(tmpdir(), 'fugitive-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  await writeFile(join(profile, 'user.js'), lines.join('\n'));
  const program = process.env['FIREFOX'] ?? 'firefox-esr';
  const flags = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'];
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(async () => {
    await stop(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const socket = new WebSocket(`${await address(child, program)}/session`, { maxPayload: 64 << 20 });
  await once(socket, 'open', { signal: AbortSignal.timeout(ANSWERS_MS) });
  t.after(() => socket.terminate());
  return socket;
}

/** Where it says that it listens. */
function address(child: ChildProcess, program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => reject(new Error(`${program} ${why}: install it (apt-get install firefox-esr), or set FIREFOX\n${said}`));
    const timer = setTimeout(() => fail(`did not listen within ${STARTS_MS} ms`), STARTS_MS);
    child.once('error', () => fail('cannot be started'));
    child.once('exit', () => fail('has ended'));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      const [, found] = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

let commands = 0;

/** One command, and its answer. */
async function send(socket: WebSocket, method: string, params: object): Promise<unknown> {
  commands += 1;
  const id = commands;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Error(`Firefox did not answer ${method}`))), ANSWERS_MS);
    const listener = (data: Buffer) => {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== id) return;
      end(() => (reply.type === 'success' ? resolve(reply.result) : reject(new Error(`${method}: ${reply.message}`))));
    };
    const end = (how: () => void) => {
      clearTimeout(timer);
      socket.off('message', listener);
      how();
    };
    socket.on('message', listener);
  });
}
