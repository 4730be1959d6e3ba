// Row `main-thread`: what the plug-in adds to the main threads of four pages at a live stream, by Chromium's trace.

import type { Browser, CDPSession } from 'playwright-core';
import { Audience } from '../audience.js';
import { LEADER, STOCK, WITH_SEEDER, type Contestant } from '../contestants.js';
import { figure, median, sum, type Figure } from '../figures.js';
import { watchLoad, type Load } from '../machine.js';
import type { Progress } from '../progress.js';
import { sleep } from '../show.js';
import { openSwarm, type Stage } from '../stage.js';
import { CATEGORIES, FRAME_MS, readMainThreads, type MainThread, type TraceEvent } from '../trace.js';

const PAGES = 4;
const SETTLE_S = 12;
const SECONDS = 32;
const SETTINGS = { liveSyncDuration: 10, maxLiveSyncPlaybackRate: 1.1 };
const CONTESTANTS: readonly Contestant[] = [STOCK, WITH_SEEDER, LEADER];
const UNIT = 'ms per segment';
/** How many bytes of a trace are read at once. */
const CHUNK = 4_000_000;

interface Traced {
  pages: MainThread[];
  /** That each page was given, on average. */
  segments: number;
  load: Load;
}

export async function mainThread(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> {
  const traced = new Map<Contestant, Traced[]>(CONTESTANTS.map((contestant) => [contestant, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const contestant of CONTESTANTS) {
      const one = await progress.run(`main thread, ${contestant.title}`, () => record(stage, contestant), describe);
      if (one !== undefined) traced.get(contestant)?.push(one);
    }
  }
  const perSegment = (contestant: Contestant, value: (page: MainThread) => number) =>
    (traced.get(contestant) ?? []).flatMap(({ pages, segments }) => pages.map((page) => value(page) / segments));
  const busy = (contestant: Contestant) => perSegment(contestant, ({ busyMs }) => busyMs);
  const added = (contestant: Contestant) => busy(contestant).map((ms) => ms - (median(busy(STOCK)) ?? NaN));
  const most = (contestant: Contestant, value: (page: MainThread) => number) =>
    Math.max(...(traced.get(contestant) ?? []).flatMap(({ pages }) => pages.map(value)));
  const own = perSegment(WITH_SEEDER, ({ tasksOfScriptMs }) => tasksOfScriptMs);
  return [
    ...CONTESTANTS.map((contestant) => figure(`main thread, ${contestant.title}`, median(busy(contestant)), UNIT)),
    figure('main thread, added by fugitive, median of pages', median(added(WITH_SEEDER)), UNIT, { atMost: 2 }),
    figure('main thread, added by fugitive, the page with most', Math.max(...added(WITH_SEEDER)), UNIT),
    figure('main thread, added by p2p-media-loader, median of pages', median(added(LEADER)), UNIT),
    figure('main thread, tasks with fugitive in them', median(own), UNIT, undefined, 'with all that hls.js does in them'),
    figure('main thread, longest task with fugitive in it', most(WITH_SEEDER, ({ longestOfScriptMs }) => longestOfScriptMs), 'ms',
      { atMost: FRAME_MS }),
    figure('main thread, longest task of hls.js alone', most(STOCK, ({ longestMs }) => longestMs), 'ms'),
    figure('main thread, longest task with p2p-media-loader in it', most(LEADER, ({ longestOfScriptMs }) => longestOfScriptMs), 'ms'),
  ];
}

async function record(stage: Stage, contestant: Contestant): Promise<Traced> {
  const swarm = await openSwarm(stage, contestant, 'live', SETTINGS);
  const audience = await Audience.gather(`${stage.pages}/${contestant.name}`, swarm.setup);
  try {
    for (let page = 0; page < PAGES; page += 1) await audience.join();
    await sleep(SETTLE_S);
    const endLoad = watchLoad();
    const before = await audience.look();
    const events = await trace(audience.browser, SECONDS);
    const segments = sum((await audience.look()).map(({ segments }) => segments)) - sum(before.map(({ segments }) => segments));
    const url = { stock: /^$/, fugitive: /\/fugitive\//, leader: /\/p2p-media-loader/ }[contestant.plays];
    return { pages: readMainThreads(events, (address) => url.test(address)), segments: segments / PAGES, load: endLoad() };
  } finally {
    await audience.leave();
    await swarm.stop();
  }
}

/** What all processes of a browser do for some time. */
async function trace(browser: Browser, seconds: number): Promise<TraceEvent[]> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Tracing.start', {
    transferMode: 'ReturnAsStream', traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'], recordMode: 'recordUntilFull' },
  });
  await sleep(seconds);
  const done = new Promise<string>((resolve) => { session.once('Tracing.tracingComplete', ({ stream }) => resolve(stream ?? '')); });
  await session.send('Tracing.end');
  const text = await readStream(session, await done);
  await session.detach();
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

async function readStream(session: CDPSession, handle: string): Promise<string> {
  const parts: Buffer[] = [];
  for (;;) {
    const { data, eof, base64Encoded = false } = await session.send('IO.read', { handle, size: CHUNK });
    parts.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
    if (eof) return Buffer.concat(parts).toString('utf8');
  }
}

function describe({ pages, segments, load }: Traced): string {
  const list = (value: (page: MainThread) => number) => pages.map((page) => value(page).toFixed(1)).join(', ');
  return `${list(({ busyMs }) => busyMs / segments)} ms for each of ${segments} segments, longest tasks ${list(({ longestMs }) => longestMs)} ms; `
    + `the plug-in was called in ${list(({ tasksOfScript }) => tasksOfScript / segments)} tasks for each segment, `
    + `${list(({ tasksOfScriptMs }) => tasksOfScriptMs / segments)} ms with all that is in them, `
    + `the longest ${list(({ longestOfScriptMs }) => longestOfScriptMs)} ms; machine ${Math.round(load.busy * 100)} % busy, load ${load.load.toFixed(1)}`;
}
