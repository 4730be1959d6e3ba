// Figures and events in words.

import type { FetchError, FugitiveEvent, Source } from 'fugitive-dashjs';

/** What a track of sound is called. */
export const SOUND = 'Sound';

const UNITS = ['B', 'kB', 'MB', 'GB'] as const;
const NAMES: Record<Source, string> = { origin: 'the origin', seeder: 'the seeder', peer: 'viewers', stored: 'what was kept' };

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit] ?? ''}`;
}

/** "1 seeder", "2 seeders". */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export function percentText(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;
}

/** A rate of media or of a link. */
export function bitrateText(bitsPerSecond: number | undefined): string {
  if (bitsPerSecond === undefined) return '–';
  return bitsPerSecond < 1_000_000 ? `${Math.round(bitsPerSecond / 1_000)} kbit/s` : `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}

export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Shares of a whole, the largest first: "60 % a1b2c3d4…, 40 % the origin". */
export function sharesText(shares: readonly { name: string; bytes: number }[]): string {
  const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  const [only, ...others] = shares.filter(({ bytes }) => bytes > 0);
  if (only !== undefined && others.length === 0) return only.name;
  return [...shares].sort((one, other) => other.bytes - one.bytes)
    .map(({ name, bytes }) => `${percentText(bytes, total)} ${name}`).join(', ');
}

/** A peer's name, short enough for a list: its end, for names given at one time begin alike. */
export function peerText(peer: string): string {
  return peer.length <= 8 ? peer : `…${peer.slice(-6)}`;
}

function errorText(error: FetchError): string {
  return typeof error === 'string' ? error : `status ${error.status}`;
}

/** One line for the log; undefined for what is too frequent to be worth one. `nameOf` names peers. */
export function eventText(event: FugitiveEvent, nameOf: (peer: string) => string = peerText): string | undefined {
  switch (event.type) {
    // Most changes have an event that says more.
    case 'stateChanged': return event.to === 'resting' ? 'Segments are left to the player for 30 s.' : undefined;
    case 'engineReady': return 'The engine runs.';
    case 'engineFailed': return `The engine is gone: ${event.reason}. Playback goes on over HTTP.`;
    case 'signaturesUnsupported': return `Signatures cannot be checked: ${event.reason}.`;
    case 'signalingJoined': return `Joined the swarm as ${peerText(event.peer)}.`;
    case 'signalingLost': return `Signaling is away; next try in ${(event.retryInMs / 1_000).toFixed(1)} s.`;
    case 'switchedOff': return `Switched off by signaling's operator; next try in ${Math.round(event.retryInMs / 1_000)} s.`;
    case 'signalingRefused': return `Signaling refused: ${event.message}.`;
    case 'timelineUpdated': return event.live ? undefined : `Read the manifest: ${countText(event.tracks, 'track')}.`;
    case 'manifestRejected': return `The manifest cannot be used: ${event.reason}.`;
    case 'peerJoined': return `${nameOf(event.peer)} is linked.`;
    case 'peerLeft': return `${nameOf(event.peer)} left${event.reason ? ` (${event.reason})` : ''}.`;
    case 'segmentReceived': return undefined;
    case 'segmentDelivered': return `${labelText(event.label)}: ${bytesText(event.bytes)}, chiefly from ${NAMES[event.source]}.`;
    case 'corruptPiece': return `${nameOf(event.peer)} sent a wrong piece and was dropped.`;
    case 'originMismatch': return 'The origin\'s bytes differ from the signed digest: played, not shared.';
    case 'quorumBroken': return 'Peers agreed on bytes that are not the origin\'s: nothing is taken from peers any more.';
    case 'policyChanged': return `Uploads ${event.uploads}, fetching ahead ${event.prefetch}${
      event.reasons.length === 0 ? '' : ` (${event.reasons.join(', ')})`}.`;
    case 'consentNeeded': return 'Another viewer is here: may this page give to others?';
    case 'sharingPaused': return 'P2P is paused: this page fetches for itself.';
    case 'sharingResumed': return 'P2P goes on.';
    case 'declined': return `Left to the player's own HTTP: ${
      typeof event.reason === 'string' ? event.reason : `the origin failed, ${errorText(event.reason.originFailed)}`}.`;
    case 'rescued': return `Fetched over HTTP after all: ${event.reason === 'deadline' ? 'time ran out' : 'no peer left'}.`;
    case 'digestsRejected': return `Digests of ${nameOf(event.peer)} were refused.`;
    case 'equivocation': return `The digest key contradicts itself: ${event.segments} digests do not count any more.`;
    case 'originFailed': return `The origin failed: ${errorText(event.error)}.`;
    case 'shelfFault': return `A kept segment is ${event.fault}: it is fetched anew.`;
    case 'storeUnavailable': return `Nothing is kept for the next visit: ${event.reason}.`;
    case 'stalled': return `Stalled at ${clockText(event.positionMs / 1_000)}.`;
    case 'resumed': return `Plays again after ${(event.stalledMs / 1_000).toFixed(1)} s.`;
  }
}

/**
 * A segment's label as people read it. The demo's tracks are called v540 or a64 in DASH. In HLS a track has no name of its
 * own, but all that the playlist says of it: of a variant its height is shown, or its bits where that is unknown.
 */
export function labelText(label: string): string {
  const [, name = label, time = ''] = /^(.*?)( -?\d+\.\ds| init)?$/.exec(label) ?? [];
  return `${trackText(name)}${time}`;
}

/** A track in words: "Picture 540p", "Sound". */
export function trackText(track: string): string {
  const [, kind, said = ''] = /^(\w+),(\w+=.*)#\d+$/.exec(track) ?? [];
  const height = /^v?(\d+)p?$/.exec(track)?.[1] ?? /\bresolution=\d+x(\d+)/.exec(said)?.[1];
  if (height !== undefined) return `Picture ${height}p`;
  if (kind === 'audio' || /^a\d+$/.test(track)) return SOUND;
  const bits = /\bbandwidth=(\d+)/.exec(said)?.[1];
  return bits === undefined ? kind ?? track : `${Math.round(Number(bits) / 1_000)} kbit/s`;
}
