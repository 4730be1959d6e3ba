// What the plug-in gains and costs in a real Chromium, beside the stock player and beside p2p-media-loader. Started by
// `cargo xtask bench browser`, which builds what it needs.

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { figure, json, line, type Figure } from './figures.js';
import { watchLoad } from './machine.js';
import { LINK_MBPS } from './origin.js';
import { Progress, Stopped } from './progress.js';
import { film, visits } from './rows/film.js';
import { cpu, live } from './rows/live.js';
import { mainThread } from './rows/main-thread.js';
import { memory } from './rows/memory.js';
import { size } from './rows/size.js';
import { startup } from './rows/startup.js';
import { onStage, type Stage } from './stage.js';

interface Row {
  /** How often it announces something, for so many runs. */
  steps(runs: number): number;
  measure(stage: Stage, runs: number, progress: Progress): Promise<Figure[]> | Figure[];
  /** Left out unless it is named. */
  onlyWhenAsked?: true;
}

/** As a shell tells of a program that SIGTERM has ended. */
const STOPPED = 143;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] },
    runs: { type: 'string', default: '1' }, minutes: { type: 'string', default: '30' },
  },
});
const [runs, minutes] = [Number(values.runs), Number(values.minutes)];
const ROWS: Record<string, Row> = {
  size: { steps: () => 0, measure: size },
  startup: { steps: () => 1, measure: startup },
  live: { steps: (runs) => 7 * runs, measure: live },
  vod: { steps: (runs) => 6 * runs, measure: film },
  visits: { steps: (runs) => 6 * runs, measure: visits, onlyWhenAsked: true },
  'main-thread': { steps: (runs) => 3 * runs, measure: mainThread },
  cpu: { steps: (runs) => 4 * runs, measure: cpu, onlyWhenAsked: true },
  memory: { steps: () => 1, measure: (stage, _, progress) => memory(stage, minutes, progress), onlyWhenAsked: true },
};

const unknown = values.only.filter((name) => !(name in ROWS));
if (unknown.length > 0) throw new Error(`no row is called ${unknown.join(', ')}: choose from ${Object.keys(ROWS).join(', ')}`);
if (!(runs >= 1) || !(minutes >= 10)) throw new Error('--runs is a number from 1 on, --minutes one from 10 on');
const rows = Object.entries(ROWS).filter(([name, { onlyWhenAsked }]) =>
  (values.only.length > 0 ? values.only.includes(name) : onlyWhenAsked === undefined));

const progress = new Progress(rows.reduce((sum, [, { steps }]) => sum + steps(runs), 0));
// Playwright closes its browsers at this signal, and has Node go on: so what is under way fails, and clears up behind itself.
process.once('SIGTERM', () => progress.stop());
const figures = await onStage(async (stage) => {
  const found: Figure[] = [];
  for (const [name, { measure }] of rows) {
    const endLoad = watchLoad();
    found.push(...await measure(stage, runs, progress));
    const { busy, load } = endLoad();
    found.push(figure(`${name}: the machine was busy`, busy, 'of its processors', undefined, `load ${load.toFixed(1)} at the end`));
  }
  return found;
}).catch((error: unknown) => {
  if (!(error instanceof Stopped)) throw error;
  console.error(error.message);
  process.exit(STOPPED);
});
const table = [
  `${cpus().length} processors, ${cpus()[0]?.model ?? 'unknown'}; an origin of ${LINK_MBPS} Mbit/s for all pages; medians of ${runs} run${runs > 1 ? 's' : ''}`,
  ...figures.map(line),
].join('\n');
if (values.json) {
  console.error(table);
  console.log(json(figures));
} else {
  console.log(table);
}
