// The last two minutes as plots. A chunk of its own with uPlot: the page is there without it.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { bitrateText, bytesText } from './format.js';
import { KEPT_S, type Sample } from './history.js';

/** One line of a plot. */
interface Line {
  label: string;
  /** The CSS variable of its colour. */
  tone: string;
  /** How it is told from others by more than its colour. */
  style?: keyof typeof DASHES;
  /** Of the player that has HTTP only. */
  isRival?: true;
  of(sample: Sample): number | undefined;
}

interface Plot {
  title: string;
  text(value: number): string;
  lines: Line[];
}

/** Lengths of strokes and gaps in pixels. */
const DASHES = { dashed: [5, 4], dotted: [2, 3] };
const HEIGHT = 132;
/** Room for the numbers beside a plot, in pixels. */
const AXIS = 72;

const PLOTS: readonly Plot[] = [
  {
    title: 'Bytes a second, by source',
    text: (value) => `${bytesText(value)}/s`,
    lines: [
      { label: 'viewers', tone: 'peer', of: ({ came }) => came.peer },
      { label: 'seeder', tone: 'seeder', of: ({ came }) => came.seeder },
      { label: 'kept', tone: 'stored', style: 'dashed', of: ({ came }) => came.stored },
      { label: 'origin', tone: 'origin', style: 'dotted', of: ({ came }) => came.origin },
    ],
  },
  {
    title: 'Buffer',
    text: (value) => `${Number(value.toFixed(1))} s`,
    lines: [
      { label: 'this page', tone: 'ink', of: ({ bufferS }) => bufferS },
      { label: 'HTTP only', tone: 'origin', style: 'dashed', isRival: true, of: ({ rivalBufferS }) => rivalBufferS },
    ],
  },
  {
    title: 'Bitrate of the picture',
    text: (value) => bitrateText(value),
    lines: [
      { label: 'this page', tone: 'ink', of: ({ bitrate }) => bitrate },
      { label: 'HTTP only', tone: 'origin', style: 'dashed', isRival: true, of: ({ rivalBitrate }) => rivalBitrate },
    ],
  },
];

export class Charts {
  readonly #root: HTMLElement;
  readonly #withRival: boolean;
  #plots: { chart: uPlot; plot: Plot; lines: Line[] }[] = [];
  #samples: readonly Sample[] = [];

  /** `rival`: whether there is a second player to be drawn. */
  constructor(root: HTMLElement, rival: 'drawn' | 'absent') {
    this.#root = root;
    this.#withRival = rival === 'drawn';
    this.#build();
    new ResizeObserver(() => this.#resize()).observe(root);
    // Canvases do not follow the scheme by themselves.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#build());
  }

  show(samples: readonly Sample[]): void {
    this.#samples = samples;
    const now = samples.at(-1)?.at ?? 0;
    for (const { chart, plot, lines } of this.#plots) {
      const valuesOf = (line: Line) => samples.map((sample) => (sample.isGap ? null : line.of(sample) ?? null));
      chart.setData([samples.map(({ at }) => at - now), ...lines.map(valuesOf)]);
      chart.root.setAttribute('aria-label', plotText(plot, lines, samples));
    }
  }

  #build(): void {
    for (const { chart } of this.#plots) chart.destroy();
    this.#root.replaceChildren();
    this.#plots = PLOTS.map((plot) => {
      const lines = plot.lines.filter(({ isRival }) => isRival !== true || this.#withRival);
      const figure = document.createElement('figure');
      figure.append(captionOf(plot.title, lines));
      this.#root.append(figure);
      const chart = new uPlot(this.#options(plot, lines), [[], ...lines.map(() => [])], figure);
      chart.root.setAttribute('role', 'img');
      return { chart, plot, lines };
    });
    this.show(this.#samples);
  }

  #options(plot: Plot, lines: readonly Line[]): uPlot.Options {
    const quiet = this.#colour('quiet');
    const axis = { stroke: quiet, grid: { stroke: this.#colour('line'), width: 1 }, ticks: { show: false } };
    return {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [-KEPT_S, 0] },
        y: { range: (_, __, to) => [0, Math.max(1, (to ?? 1) * 1.1)] },
      },
      axes: [
        { ...axis, size: 26, gap: 8, incrs: [30], space: 40, values: (_, ticks) => ticks.map(secondsAgo) },
        { ...axis, size: AXIS, space: 32, values: (_, ticks) => ticks.map((tick) => plot.text(tick)) },
      ],
      series: [{}, ...lines.map(({ label, tone, style }) => ({
        label, stroke: this.#colour(tone), width: 2, points: { show: false }, ...(style !== undefined && { dash: DASHES[style] }),
      }))],
    };
  }

  #resize(): void {
    for (const { chart } of this.#plots) chart.setSize({ width: this.#width(), height: HEIGHT });
  }

  #width(): number {
    return Math.max(120, this.#root.clientWidth);
  }

  #colour(name: string): string {
    return getComputedStyle(this.#root).getPropertyValue(`--${name}`).trim();
  }
}

/** A plot in words: what each line reads now, and the most that it read. */
function plotText({ title, text }: Plot, lines: readonly Line[], samples: readonly Sample[]): string {
  const parts = lines.map((line) => {
    const values = samples.flatMap((sample) => (sample.isGap ? [] : line.of(sample) ?? []));
    const now = values.at(-1);
    return now === undefined ? `${line.label} unknown` : `${line.label} ${text(now)}, at most ${text(Math.max(...values))}`;
  });
  return `Plot of the last two minutes: ${title}. Now ${parts.join('; ')}.`;
}

function captionOf(title: string, lines: readonly Line[]): HTMLElement {
  const caption = document.createElement('figcaption');
  caption.append(title);
  for (const { label, tone, style } of lines) {
    const key = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.className = `key ${tone} ${style ?? ''}`;
    key.append(swatch, label);
    caption.append(key);
  }
  return caption;
}

function secondsAgo(tick: number): string {
  return tick >= 0 ? 'now' : `${tick} s`;
}
