// The live figures beside the player.

import type { FugitiveStats, SourceBytes } from 'fugitive-dashjs';
import { bytesText, percentText } from './format.js';
import { element, setText } from './page.js';

/** What the page shows, as numbers. */
export interface Figures {
  /** Bytes that the player was given, by source; what it fetched by itself counts as origin. */
  bySource: SourceBytes;
  /** Share of them that did not come from the origin, 0 to 1; undefined before the first byte. */
  offload: number | undefined;
  bufferS: number;
  /** Height of the picture in pixels. */
  rung: number;
  stats: FugitiveStats;
}

const SOURCES = ['peer', 'seeder', 'origin'] as const;

export function figuresOf(stats: FugitiveStats, bufferS: number, rung: number): Figures {
  const { origin, seeder, peer } = stats.delivered;
  const bySource = { origin: origin + stats.plain.bytes, seeder, peer };
  const total = bySource.origin + seeder + peer;
  return { bySource, offload: total === 0 ? undefined : (seeder + peer) / total, bufferS, rung, stats };
}

export class FiguresView {
  readonly #bar = element('bar', HTMLElement);
  readonly #parts = new Map(SOURCES.map((source) => [source, part(source)]));

  constructor() {
    this.#bar.append(...this.#parts.values());
  }

  show({ bySource, bufferS, rung, stats }: Figures): void {
    const total = bySource.origin + bySource.seeder + bySource.peer;
    const set = (id: string, text: string) => setText(element(id, HTMLElement), text);
    set('offload', percentText(total - bySource.origin, total));
    for (const source of SOURCES) {
      set(`bytes-${source}`, bytesText(bySource[source]));
      this.#parts.get(source)?.style.setProperty('flex-grow', String(total === 0 ? 0 : bySource[source] / total));
    }
    this.#bar.setAttribute('aria-label',
      SOURCES.map((source) => `${source} ${percentText(bySource[source], total)}`).join(', '));
    set('buffer', `${bufferS.toFixed(1)} s`);
    set('stalls', String(stats.stalls));
    set('rung', rung === 0 ? '–' : `${rung}p`);
    set('uploaded', bytesText(stats.uploaded));
    set('verified', String(stats.verified));
    set('state', stats.state);
    set('peer-count', stats.peers + stats.seeders === 0 ? '' : `${stats.peers + stats.seeders} linked`);
  }
}

function part(source: string): HTMLElement {
  const bar = document.createElement('i');
  bar.className = source;
  return bar;
}
