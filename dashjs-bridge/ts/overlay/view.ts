// The panel's elements, and what of the counters each shows.

import type { LinkFigures } from '../figures.js';
import type { FugitiveStats } from '../fugitive.js';
import { el, setAttribute, setText } from './dom.js';
import { bytesText, peerText, percentText, wordsOf } from './text.js';

/** An event as it is shown. */
export interface Line { at: Date; text: string }

/** So many peers and events are shown; of more there is a count. */
const SHOWN_PEERS = 8;
const SHOWN_EVENTS = 6;
/** Bytes per second from which a link's rate is shown in the place of its sum: less is what keeps it alive. */
const FLOWING = 1_000;
const SOURCES = [['peers', 'Viewers'], ['seeder', 'Seeder'], ['stored', 'Kept'], ['origin', 'Origin']] as const;
const FIGURES = [
  ['given', 'Given'], ['buffer', 'Buffer'], ['stalls', 'Stalls'], ['onTime', 'On time'], ['signaling', 'Signaling'],
  ['uploads', 'Uploads'],
] as const;

export class OverlayView {
  readonly element: HTMLElement;
  readonly #state = el('span', 'state');
  readonly #offload = el('b', 'offload');
  readonly #bar = el('div', 'bar');
  readonly #parts = SOURCES.map(([name]) => el('i', name));
  readonly #values = new Map<string, HTMLElement>();
  readonly #fallbacks = el('p', 'note');
  readonly #peersTitle = el('h2');
  readonly #peers = el('tbody');
  readonly #table: HTMLElement;
  readonly #events = el('ol');

  constructor(close: () => void) {
    const button = el('button', '', '×');
    button.type = 'button';
    button.setAttribute('aria-label', 'Close');
    button.addEventListener('click', close);
    this.#bar.setAttribute('role', 'img');
    this.#bar.append(...this.#parts);
    this.#table = table(this.#peers);
    this.element = el('section', '',
      el('header', '', el('h1', '', 'P2P'), this.#state, button),
      el('p', 'lead', this.#offload, ' not from the origin'),
      this.#bar,
      el('dl', 'sources', ...SOURCES.map(([name, title]) => this.#pair(name, title, el('i', name)))),
      el('dl', 'figures', ...FIGURES.map(([name, title]) => this.#pair(name, title))),
      this.#fallbacks, this.#peersTitle, this.#table, el('h2', '', 'Events'), this.#events);
    this.element.setAttribute('aria-label', 'P2P figures');
    // Whatever the page's own language.
    this.element.lang = 'en';
    // Scrolled, and closed, by the keyboard.
    this.element.tabIndex = 0;
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      close();
    });
  }

  draw(stats: FugitiveStats, events: readonly Line[]): void {
    const { delivered, plain, health, offload, stalls, stalledMs } = stats;
    setText(this.#state, stats.state);
    setText(this.#offload, percentText(offload.total));
    this.#drawSources([delivered.peer, delivered.seeder, delivered.stored, delivered.origin + plain.bytes]);
    this.#set('given', bytesText(stats.uploaded));
    this.#set('buffer', `${(stats.bufferedMs / 1_000).toFixed(1)} s`);
    this.#set('stalls', stalls === 0 ? '0' : `${stalls}, ${(stalledMs / 1_000).toFixed(1)} s`);
    this.#set('onTime', percentText(health.onTime));
    this.#set('signaling', health.signaling);
    this.#set('uploads', stats.uploads);
    const fallbacks = Object.entries(stats.fallbacks).map(([reason, count]) => `${wordsOf(reason)} ${count}`);
    setText(this.#fallbacks, fallbacks.length === 0 ? 'No fallback to HTTP.' : `HTTP instead: ${fallbacks.join(', ')}.`);
    this.#drawPeers(stats.links);
    this.#drawEvents(events);
  }

  #drawSources(bytes: readonly [peers: number, seeder: number, stored: number, origin: number]): void {
    const total = bytes.reduce((sum, part) => sum + part, 0);
    const share = (part: number) => (total === 0 ? 0 : part / total);
    SOURCES.forEach(([name], index) => {
      const part = bytes[index] ?? 0;
      this.#set(name, bytesText(part));
      this.#parts[index]?.style.setProperty('flex-grow', String(share(part)));
    });
    setAttribute(this.#bar, 'aria-label',
      SOURCES.map(([, title], index) => `${title} ${percentText(share(bytes[index] ?? 0))}`).join(', '));
  }

  #drawPeers(links: readonly LinkFigures[]): void {
    const busiest = [...links].sort((a, b) => b.down + b.up - (a.down + a.up));
    const hidden = busiest.length - SHOWN_PEERS;
    setText(this.#peersTitle, `Peers ${links.length}${hidden > 0 ? `, the busiest ${SHOWN_PEERS}` : ''}`);
    this.#table.hidden = links.length === 0;
    this.#peers.replaceChildren(...busiest.slice(0, SHOWN_PEERS).map(peerRow));
  }

  #drawEvents(events: readonly Line[]): void {
    const lines = events.slice(0, SHOWN_EVENTS).map(({ at, text }) =>
      el('li', '', el('time', '', at.toTimeString().slice(0, 8)), el('span', '', text)));
    this.#events.replaceChildren(...(lines.length > 0 ? lines : [el('li', 'note', 'None yet.')]));
  }

  #pair(name: string, title: string, ...before: Node[]): HTMLElement {
    const value = el('dd', '', '–');
    this.#values.set(name, value);
    return el('div', '', el('dt', '', ...before, title), value);
  }

  #set(name: string, text: string): void {
    const value = this.#values.get(name);
    if (value !== undefined) setText(value, text);
  }
}

function table(body: HTMLElement): HTMLElement {
  const titles = ['Peer', 'RTT', 'In', 'Out'].map((title) => {
    const cell = el('th', '', title);
    cell.scope = 'col';
    return cell;
  });
  return el('table', '', el('thead', '', el('tr', '', ...titles)), body);
}

function peerRow({ peer, state, seeder, rttMs, down, up, downRate, upRate }: LinkFigures): HTMLElement {
  const name = el('th', seeder ? 'seeder' : '', seeder ? 'seeder' : peerText(peer));
  name.scope = 'row';
  const flow = (bytes: number, rate: number) => (rate >= FLOWING ? `${bytesText(rate)}/s` : bytesText(bytes));
  const cells = state === 'connecting' ? ['…', '', ''] : [
    rttMs === undefined ? '–' : `${rttMs} ms`, flow(down, downRate), flow(up, upRate),
  ];
  return el('tr', '', name, ...cells.map((text) => el('td', '', text)));
}
