// Pages of a real Chromium that take all they can from one seeder: a part of `cargo xtask bench seeder`, which starts it with
// the address of its signaling. Prints one line of JSON: what each page saw, and what the browser spent.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';

import { receive, type Receiver } from './receivers/page.js';
import { launchBrowser } from './viewer.js';

declare global {
  interface Window { receiver?: Receiver }
}

/** Linux counts processor time in ticks of so many milliseconds. */
const TICK_MS = 10;
/** Slow start is not counted. */
const WARM_UP_MS = 3_000;

const { values } = parseArgs({
  options: {
    signaling: { type: 'string' }, swarm: { type: 'string' },
    pages: { type: 'string', default: '4' }, seconds: { type: 'string', default: '15' },
  },
});
const { signaling, swarm } = values;
if (signaling === undefined || swarm === undefined) throw new Error('--signaling URL and --swarm NAME are needed');

const browser = await launchBrowser();
const pages = await Promise.all(Array.from({ length: Number(values.pages) }, () => open(signaling, swarm)));
await sleep(WARM_UP_MS);
const first = await Promise.all(pages.map(take));
const before = processorMs();
const begun = performance.now();
await sleep(Number(values.seconds) * 1_000);
const seen = await Promise.all(pages.map(take));
const seconds = (performance.now() - begun) / 1_000;
const browserSeconds = (processorMs() - before) / 1_000;
await browser.close();
const told = seen.map((page, index) => ({ ...page, firstPieceMs: first[index]?.firstPieceMs ?? 0 }));
console.log(JSON.stringify({ seconds, browserSeconds, pages: told }));

async function open(at: string, name: string): Promise<Page> {
  const page = await browser.newPage();
  // What compiles this names functions by a helper, which the page would miss.
  await page.evaluate('globalThis.__name = (named) => named');
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('@msgpack/msgpack/dist.umd/msgpack.min.js') });
  await page.evaluate(`globalThis.receiver = (${receive.toString()})(${JSON.stringify(at)}, ${JSON.stringify(name)})`
    + '; undefined');
  await page.evaluate(() => window.receiver?.started);
  return page;
}

function take(page: Page) {
  return page.evaluate(() => window.receiver?.take());
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => { setTimeout(done, ms); });
}

/** What this process's children and theirs have spent: the browser. */
function processorMs(): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(readStat);
  const family = new Set([process.pid]);
  // A child has a higher number than its parent but where numbers have begun anew: two rounds find those too.
  for (const { id, parent } of [...processes, ...processes]) if (family.has(parent)) family.add(id);
  family.delete(process.pid);
  return processes.filter(({ id }) => family.has(id)).reduce((sum, { ms }) => sum + ms, 0);
}

function readStat(name: string): { id: number; parent: number; ms: number }[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The program's name, in brackets, may hold spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    return [{ id: Number(name), parent: fields[1] ?? 0, ms: ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_MS }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
