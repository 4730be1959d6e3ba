// The live figures beside the player.

import type { FugitiveStats, SourceBytes } from 'fugitive-dashjs';
import { bitrateText, bytesText } from './format.js';
import { element, setText } from './page.js';
import { SharesView } from './shares.js';

/** What the page shows, as numbers. */
export interface Figures {
  /** Bytes that the player was given, by source; what it fetched by itself counts as origin. */
  bySource: SourceBytes;
  /** Share of them that did not come from the origin, 0 to 1; undefined before the first byte. */
  offload: number | undefined;
  bufferS: number;
  /** Height of the picture in pixels. */
  rung: number;
  /** Of the rung of pictures that is fetched, in bits per second; undefined before it is known. */
  bitrate: number | undefined;
  /** How far behind a live stream's edge it plays, in seconds; undefined of a film. */
  behindLiveS: number | undefined;
  stats: FugitiveStats;
}

/** What a player tells of its picture. */
export type Playing = Pick<Figures, 'bufferS' | 'rung' | 'bitrate' | 'behindLiveS'>;

/** What a second player has come to that plays the same over HTTP only. */
export interface Rival {
  bytes: number;
  bufferS: number;
  bitrate: number | undefined;
  behindLiveS: number | undefined;
  stalls: number;
  stalledMs: number;
  /** Whether it has failed, and stands still. */
  stopped: boolean;
}

const SOURCES = ['peer', 'seeder', 'stored', 'origin'] as const;

export function figuresOf(stats: FugitiveStats, playing: Playing): Figures {
  const bySource = { ...stats.delivered, origin: stats.delivered.origin + stats.plain.bytes };
  const total = totalOf(bySource);
  return { bySource, offload: total === 0 ? undefined : 1 - bySource.origin / total, ...playing, stats };
}

export class FiguresView {
  readonly #shares = new SharesView({ peer: 'viewers', seeder: 'seeder', stored: 'kept', origin: 'origin' });

  show(figures: Figures): void {
    const { bySource, bufferS, rung, bitrate, stats } = figures;
    this.#shares.show(bySource);
    set('buffer', `${bufferS.toFixed(1)} s`);
    set('stalls', String(stats.stalls));
    set('rung', rung === 0 ? '–' : `${rung}p`);
    set('bitrate', bitrateText(bitrate));
    set('uploaded', bytesText(stats.uploaded));
    set('verified', String(stats.verified));
    set('corrupt', String(stats.corrupt));
    element('corrupt', HTMLElement).classList.toggle('grave', stats.corrupt > 0);
    set('state', stats.state);
    set('peer-count', stats.peers + stats.seeders === 0 ? '' : `${stats.peers + stats.seeders} linked`);
  }

  /** Shows the two players side by side. */
  compare({ bySource, bufferS, bitrate, behindLiveS, stats }: Figures, rival: Rival): void {
    set('own-origin', bytesText(bySource.origin));
    set('own-buffer', `${bufferS.toFixed(1)} s`);
    set('own-bitrate', bitrateText(bitrate));
    set('own-stalls', stallText(stats.stalls, stats.stalledMs));
    set('rival-origin', bytesText(rival.bytes));
    set('rival-buffer', rival.stopped ? 'stopped' : `${rival.bufferS.toFixed(1)} s`);
    set('rival-bitrate', bitrateText(rival.bitrate));
    set('rival-stalls', stallText(rival.stalls, rival.stalledMs));
    element('behind-live', HTMLElement).hidden = behindLiveS === undefined;
    set('own-behind', secondsText(behindLiveS));
    set('rival-behind', secondsText(rival.behindLiveS));
  }
}

/** How much media is ready behind the playhead, in seconds. */
export function bufferAhead({ buffered, currentTime }: Pick<HTMLVideoElement, 'buffered' | 'currentTime'>): number {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index)) {
      return buffered.end(index) - currentTime;
    }
  }
  return 0;
}

function totalOf(bySource: SourceBytes): number {
  return SOURCES.reduce((sum, source) => sum + bySource[source], 0);
}

function secondsText(seconds: number | undefined): string {
  return seconds === undefined || !Number.isFinite(seconds) ? '–' : `${seconds.toFixed(1)} s`;
}

function stallText(count: number, totalMs: number): string {
  return count === 0 ? '0' : `${count}, ${(totalMs / 1_000).toFixed(1)} s`;
}

function set(id: string, text: string): void {
  setText(element(id, HTMLElement), text);
}
