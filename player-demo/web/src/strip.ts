// The strip: a row per track, a cell per segment, coloured by where it came from, with the playhead across.

import type { FugitiveEvent, Source } from 'fugitive-dashjs';
import { clockText } from './format.js';

type Received = Extract<FugitiveEvent, { type: 'segmentReceived' | 'segmentDelivered' }>;

interface Row {
  element: HTMLElement;
  lane: HTMLElement;
  cells: Map<string, Cell>;
}

interface Cell {
  element: HTMLElement;
  startMs: number;
  durationMs: number;
}

/** What is shown of a live stream, in milliseconds. */
const LIVE_WINDOW_MS = 60_000;

export class Strip {
  readonly #root: HTMLElement;
  readonly #head: HTMLElement;
  readonly #rows = new Map<string, Row>();

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#head = document.createElement('div');
    this.#head.className = 'head';
    root.append(this.#head);
  }

  /** Shows a segment: pale when it is here, full when the player has it; `mix` says who gave what of it. */
  show(event: Received, mix?: string): void {
    if (event.startMs === undefined || event.durationMs === 0) return;
    const row = this.#row(event);
    const cell = row.cells.get(event.key) ?? this.#cell(row, event.key, event.startMs, event.durationMs);
    paint(cell.element, event.source, event.type === 'segmentDelivered');
    if (mix !== undefined || cell.element.title === '') cell.element.title = `${event.label}: ${mix ?? event.source}`;
  }

  /** Places cells and playhead; times in milliseconds, `durationMs` undefined while the stream is live. */
  draw(playheadMs: number, durationMs: number | undefined): void {
    const from = durationMs === undefined ? playheadMs - LIVE_WINDOW_MS * 0.7 : 0;
    const span = durationMs ?? LIVE_WINDOW_MS;
    for (const row of this.#rows.values()) {
      for (const [key, cell] of row.cells) {
        if (cell.startMs + cell.durationMs < from) {
          cell.element.remove();
          row.cells.delete(key);
          continue;
        }
        cell.element.style.left = `${(100 * (cell.startMs - from)) / span}%`;
        cell.element.style.width = `${(100 * cell.durationMs) / span}%`;
      }
      row.element.hidden = row.cells.size === 0;
    }
    this.#head.style.setProperty('--at', String((playheadMs - from) / span));
    this.#head.title = clockText(playheadMs / 1_000);
  }

  #row(event: Received): Row {
    const track = event.key.split('/', 1)[0] ?? event.key;
    const known = this.#rows.get(track);
    if (known !== undefined) return known;
    const element = document.createElement('div');
    element.className = 'row';
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = trackName(event.label);
    const lane = document.createElement('div');
    lane.className = 'lane';
    lane.setAttribute('role', 'img');
    element.append(name, lane);
    this.#root.append(element);
    const row: Row = { element, lane, cells: new Map() };
    this.#rows.set(track, row);
    return row;
  }

  #cell(row: Row, key: string, startMs: number, durationMs: number): Cell {
    const element = document.createElement('i');
    row.lane.append(element);
    const cell = { element, startMs, durationMs };
    row.cells.set(key, cell);
    row.lane.setAttribute('aria-label', `${row.cells.size} segments`);
    return cell;
  }
}

function paint(element: HTMLElement, source: Source, delivered: boolean): void {
  if (!delivered && element.classList.contains('played')) return;
  element.className = `cell ${source}${delivered ? ' played' : ''}`;
}

/** The track's part of a segment's label. */
function trackName(label: string): string {
  return label.replace(/ -?\d+\.\ds$/, '');
}
