// What share of a page's bytes came whence: a percentage, a bar, and each source's bytes.

import type { Source, SourceBytes } from 'fugitive-dashjs';
import { bytesText, percentText } from './format.js';
import { element, setText } from './page.js';

export class SharesView {
  readonly #bar = element('bar', HTMLElement);
  readonly #names: Partial<Record<Source, string>>;
  readonly #parts: ReadonlyMap<Source, HTMLElement>;

  /** Shows these sources, in this order, by their names. */
  constructor(names: Partial<Record<Source, string>>) {
    this.#names = names;
    this.#parts = new Map((Object.keys(names) as Source[]).map((source) => [source, part(source)]));
    this.#bar.append(...this.#parts.values());
  }

  show(bySource: SourceBytes): void {
    const sources = [...this.#parts.keys()];
    const total = sources.reduce((sum, source) => sum + bySource[source], 0);
    set('offload', percentText(total - bySource.origin, total));
    set('saved', bytesText(total - bySource.origin));
    for (const [source, bar] of this.#parts) {
      set(`bytes-${source}`, bytesText(bySource[source]));
      bar.style.setProperty('flex-grow', String(total === 0 ? 0 : bySource[source] / total));
    }
    const shares = sources.map((source) => `${this.#names[source] ?? source} ${percentText(bySource[source], total)}`).join(', ');
    if (this.#bar.getAttribute('aria-label') !== shares) this.#bar.setAttribute('aria-label', shares);
  }
}

function part(source: Source): HTMLElement {
  return Object.assign(document.createElement('i'), { className: source });
}

function set(id: string, text: string): void {
  setText(element(id, HTMLElement), text);
}
