// Figures and events as people read them.

import type { FugitiveEvent, FugitiveEventType } from '../events.js';

/** Told many times a minute: the figures show what they come to. */
const FREQUENT: readonly FugitiveEventType[] = ['segmentReceived', 'segmentDelivered', 'timelineUpdated'];

/** A number of bytes with three digits or fewer. */
export function bytesText(bytes: number): string {
  let rest = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (rest < 999.5) return `${rest < 10 && unit !== 'B' ? rest.toFixed(1) : Math.round(rest)} ${unit}`;
    rest /= 1_000;
  }
  return `${rest.toFixed(1)} TB`;
}

/** A part of a whole. */
export function percentText(part: number): string {
  return `${Math.round(100 * part)} %`;
}

/** A name's end: names that were given at one time begin alike. */
export function peerText(peer: string): string {
  return peer.length <= 8 ? peer : `…${peer.slice(-6)}`;
}

/** `noPeerLeft` as `no peer left`. */
export function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** One line for an event; undefined for what is too frequent. */
export function eventText(event: FugitiveEvent): string | undefined {
  if (FREQUENT.includes(event.type)) return undefined;
  const details: string[] = [];
  if ('peer' in event) details.push(peerText(event.peer));
  if ('to' in event) details.push(event.to);
  if ('seeder' in event && event.seeder) details.push('seeder');
  if ('uploads' in event) details.push(`uploads ${event.uploads}`);
  if ('reason' in event && event.reason !== undefined) details.push(reasonText(event.reason));
  if ('reasons' in event) details.push(...event.reasons.map(wordsOf));
  if ('message' in event) details.push(event.message);
  if ('stalledMs' in event) details.push(`after ${(event.stalledMs / 1_000).toFixed(1)} s`);
  const [first = '', ...rest] = wordsOf(event.type);
  const name = first.toUpperCase() + rest.join('');
  return details.length === 0 ? name : `${name}: ${details.join(', ')}`;
}

function reasonText(reason: string | object): string {
  if (typeof reason === 'string') return wordsOf(reason);
  const [[name, value] = ['', '']] = Object.entries(reason) as [string, unknown][];
  const rest = typeof value === 'object' && value !== null ? Object.values(value).join(' ') : String(value);
  return `${wordsOf(name)} ${rest}`;
}
