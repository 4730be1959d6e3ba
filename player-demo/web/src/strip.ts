// The strip: a row per track, a column per segment, in it a bar for each of its pieces, coloured by who gave how many.
// Events tell how many bytes each peer gave and not which, so a column is sorted by source.

import type { FugitiveEvent, PeerShare, Source } from 'fugitive-dashjs';
import { clockText, countText, labelText, SOUND, trackText } from './format.js';
import type { Loaded } from './players.js';

type Received = Extract<FugitiveEvent, { type: 'segmentReceived' }>;
type Told = Extract<FugitiveEvent, { type: 'segmentReceived' | 'segmentDelivered' }>;

interface Row {
  element: HTMLElement;
  lane: HTMLElement;
  cells: Cell[];
}

interface Cell {
  element: HTMLElement;
  startMs: number;
  durationMs: number;
  source: Source;
  /** Who told of it: the engine knows more than the player does. */
  by: 'engine' | 'player';
}

/** A run of a segment's pieces that came from one source. */
export interface Run {
  source: Source;
  /** Which viewer of those that gave, counted from 0; 0 for other sources. */
  shade: number;
  bytes: number;
}

const NAMES: Record<Source, string> = { origin: 'the origin', seeder: 'the seeder', peer: 'viewers', stored: 'kept' };
/** What is shown of a live stream, in milliseconds. */
const LIVE_WINDOW_MS = 60_000;
/** A piece as peers exchange it, in bytes. */
const PIECE = 16_384;
/** Shades of viewers beside each other. */
const SHADES = 3;
/** The most bars of a segment: the gaps between more would leave nothing of a lane. */
const MOST_BARS = 18;

export class Strip {
  readonly #root: HTMLElement;
  readonly #head: HTMLElement;
  readonly #rows = new Map<string, Row>();
  readonly #isSeeder: (peer: string) => boolean;

  constructor(root: HTMLElement, isSeeder: (peer: string) => boolean) {
    this.#root = root;
    this.#isSeeder = isSeeder;
    this.#head = document.createElement('div');
    this.#head.className = 'head';
    root.append(this.#head);
  }

  /** Shows a segment that is complete: `mix` says who gave what of it. */
  receive(event: Received, mix: string): void {
    const cell = this.#find(event);
    if (cell === undefined) return;
    cell.by = 'engine';
    const { style } = cell.element;
    style.setProperty('--pieces', String(Math.min(MOST_BARS, Math.max(1, Math.ceil(event.bytes / PIECE)))));
    style.setProperty('--fill', fillOf(runsOf(event.bytes, event.peers, this.#isSeeder)));
    cell.element.title = `${labelText(event.label)}: ${mix}`;
    cell.source = event.source;
  }

  /** Shows that the player has a segment. */
  deliver(event: Told): void {
    const cell = this.#find(event);
    if (cell === undefined) return;
    // Else it was never told of as received: it is from before.
    if (cell.by === 'engine') return;
    cell.by = 'engine';
    fill(cell, labelText(event.label), event.source);
  }

  /** Shows a segment that the player has. Of which the engine does not tell, that came over the player's own HTTP. */
  load({ track, startMs, durationMs }: Loaded): void {
    const row = this.#row(trackText(track));
    if (findCell(row, startMs, durationMs) !== undefined) return;
    fill(this.#cell(row, startMs, durationMs), trackText(track), 'origin');
  }

  /** Forgets all segments. */
  clear(): void {
    for (const { element } of this.#rows.values()) element.remove();
    this.#rows.clear();
  }

  /** Places cells and playhead; times in milliseconds, `durationMs` undefined while the stream is live. */
  draw(playheadMs: number, durationMs: number | undefined): void {
    const from = durationMs === undefined ? playheadMs - LIVE_WINDOW_MS * 0.7 : 0;
    const span = durationMs ?? LIVE_WINDOW_MS;
    for (const row of this.#rows.values()) {
      for (const cell of row.cells.filter((cell) => cell.startMs + cell.durationMs < from)) cell.element.remove();
      row.cells = row.cells.filter((cell) => cell.startMs + cell.durationMs >= from);
      for (const cell of row.cells) {
        cell.element.classList.toggle('played', cell.startMs <= playheadMs);
        cell.element.style.left = `${(100 * (cell.startMs - from)) / span}%`;
        cell.element.style.width = `${(100 * cell.durationMs) / span}%`;
      }
      row.element.hidden = row.cells.length === 0;
      const text = laneText(row.cells.map(({ source }) => source));
      if (row.lane.ariaLabel !== text) row.lane.ariaLabel = text;
    }
    this.#head.style.setProperty('--at', String(Math.min(1, Math.max(0, (playheadMs - from) / span))));
    this.#head.title = clockText(playheadMs / 1_000);
  }

  #find({ label, startMs, durationMs }: Told): Cell | undefined {
    if (startMs === undefined || durationMs === 0) return undefined;
    const row = this.#row(labelText(label).replace(/ (-?\d+\.\ds|init)$/, ''));
    return findCell(row, startMs, durationMs) ?? this.#cell(row, startMs, durationMs);
  }

  /** The row of a track, by its name in words. Pictures stand above sound. */
  #row(track: string): Row {
    const known = this.#rows.get(track);
    if (known !== undefined) return known;
    const element = document.createElement('div');
    element.className = 'row';
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = track;
    const lane = document.createElement('div');
    lane.className = 'lane';
    lane.setAttribute('role', 'img');
    element.append(name, lane);
    this.#root.insertBefore(element, track === SOUND ? null : this.#rows.get(SOUND)?.element ?? null);
    const row: Row = { element, lane, cells: [] };
    this.#rows.set(track, row);
    return row;
  }

  #cell(row: Row, startMs: number, durationMs: number): Cell {
    const element = document.createElement('i');
    element.className = 'cell';
    row.lane.append(element);
    const cell: Cell = { element, startMs, durationMs, source: 'origin', by: 'player' };
    row.cells.push(cell);
    return cell;
  }
}

/** A segment's cell: engine and player may count its start a little differently. */
function findCell({ cells }: Row, startMs: number, durationMs: number): Cell | undefined {
  return cells.find((cell) => Math.abs(cell.startMs - startMs) < durationMs / 2);
}

function fill(cell: Cell, name: string, source: Source): void {
  cell.element.style.setProperty('--fill', `var(--${source})`);
  cell.element.title = `${name}: ${NAMES[source]}`;
  cell.source = source;
}

/** A segment's bytes by who gave them: viewers first, then the seeder, then what came over HTTP. */
export function runsOf(bytes: number, peers: readonly PeerShare[], isSeeder: (peer: string) => boolean): Run[] {
  const viewers = peers.filter(({ peer }) => !isSeeder(peer));
  const runs: Run[] = viewers.map((share, index) => ({ source: 'peer', shade: index % SHADES, bytes: share.bytes }));
  const given = (shares: readonly PeerShare[]) => shares.reduce((sum, share) => sum + share.bytes, 0);
  runs.push({ source: 'seeder', shade: 0, bytes: given(peers) - given(viewers) });
  runs.push({ source: 'origin', shade: 0, bytes: bytes - given(peers) });
  return runs.filter((run) => run.bytes > 0);
}

/** Runs as a gradient without soft edges, from the bottom up. */
function fillOf(runs: readonly Run[]): string {
  const total = runs.reduce((sum, run) => sum + run.bytes, 0);
  let at = 0;
  const stops = runs.map(({ source, shade, bytes }) => {
    const from = at;
    at += (100 * bytes) / total;
    return `var(--${source}${shade === 0 ? '' : `-${shade}`}) ${from.toFixed(1)}% ${at.toFixed(1)}%`;
  });
  return `linear-gradient(to top, ${stops.join(', ')})`;
}

/** A lane in words. */
function laneText(sources: readonly Source[]): string {
  const count = (source: Source) => sources.filter((its) => its === source).length;
  return `${countText(sources.length, 'segment')}: chiefly from viewers ${count('peer')}, from the seeder ${count('seeder')}, `
    + `kept ${count('stored')}, from the origin ${count('origin')}`;
}
