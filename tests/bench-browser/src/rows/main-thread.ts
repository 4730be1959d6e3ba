// Row `main-thread`: what the plug-in adds to the main threads of two pages at a live stream, by Chromium's trace.

import type { Browser, CDPSession } from 'playwright-core';
import { Audience } from '../audience.js';
import { LEADER, STOCK, WITH_SEEDER, type Contestant } from '../contestants.js';
import { figure, median, sum, type Figure } from '../figures.js';
import { watchLoad, type Load } from '../machine.js';
import type { Progress } from '../progress.js';
import { sleep } from '../show.js';
import { openSwarm, type Stage } from '../stage.js';
import { CATEGORIES, FRAME_MS, readMainThreads, type MainThreads, type TraceEvent } from '../trace.js';

const PAGES = 2;
const SETTLE_S = 12;
const SECONDS = 32;
const SETTINGS = { liveSyncDuration: 10, maxLiveSyncPlaybackRate: 1.1 };
const CONTESTANTS: readonly Contestant[] = [STOCK, WITH_SEEDER, LEADER];
/** How many bytes of a trace are read at once. */
const CHUNK = 4_000_000;

interface Traced extends MainThreads {
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
  const of = (contestant: Contestant, value: (traced: Traced) => number) => median((traced.get(contestant) ?? []).map(value));
  const perSegment = (contestant: Contestant) => of(contestant, ({ busyMs, segments }) => busyMs / segments);
  const added = (contestant: Contestant) => (perSegment(contestant) ?? NaN) - (perSegment(STOCK) ?? NaN);
  return [
    ...CONTESTANTS.map((contestant) => figure(`main thread, ${contestant.title}`, perSegment(contestant), 'ms per segment')),
    figure('main thread, added by fugitive', added(WITH_SEEDER), 'ms per segment', { atMost: 2 }),
    figure('main thread, added by p2p-media-loader', added(LEADER), 'ms per segment'),
    figure('main thread, calls into fugitive', of(WITH_SEEDER, ({ scriptMs, segments }) => scriptMs / segments), 'ms per segment',
      undefined, 'with what they call in hls.js'),
    figure('main thread, longest task with fugitive in it', of(WITH_SEEDER, ({ longestOfScriptMs }) => longestOfScriptMs), 'ms',
      { atMost: FRAME_MS }),
    figure('main thread, longest task of hls.js alone', of(STOCK, ({ longestMs }) => longestMs), 'ms'),
    figure('main thread, longest task of p2p-media-loader\'s page', of(LEADER, ({ longestMs }) => longestMs), 'ms'),
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
    return { ...readMainThreads(events, (address) => url.test(address)), segments, load: endLoad() };
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

function describe({ busyMs, segments, longestMs, longestOfScriptMs, tasksOfScript, longOfScript, scriptMs, load }: Traced): string {
  return `${(busyMs / segments).toFixed(1)} ms for each of ${segments} segments, longest task ${longestMs.toFixed(1)} ms; the plug-in was `
    + `called in ${tasksOfScript} tasks, ${longOfScript} of them over ${FRAME_MS} ms, the longest ${longestOfScriptMs.toFixed(1)} ms, `
    + `${scriptMs.toFixed(0)} ms in all; machine ${Math.round(load.busy * 100)} % busy, load ${load.load.toFixed(1)}`;
}
