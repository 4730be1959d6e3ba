// Runs in each page: plays, and tells on demand what was played, how, and how far behind live. It does nothing by itself while
// the player plays, so that a page with the plug-in and one without differ by the plug-in alone.

import type Hls from 'hls.js';
import type { Fragment } from 'hls.js';

/** What a page is opened with: the JSON after the address's `#`. */
export interface Setup {
  plays: 'stock' | 'fugitive' | 'leader';
  manifest: string;
  hls: Record<string, unknown>;
  swarm: string;
  signaling: string;
  tracker: string;
  digestKey?: string;
  trust?: 'quorum' | 'open';
}

/** What was seen since the page was opened. */
export interface Seen {
  /** Milliseconds from the navigation to the first frame. */
  firstFrameMs?: number;
  positionS: number;
  playedS: number;
  /** Of segments, as far as they were played. */
  playedBytes: number;
  /** Of all segments that the player was given. */
  loadedBytes: number;
  segments: number;
  stalls: number;
  stalledMs: number;
  /** Of a live stream: now, less the date of what is shown. */
  behindS?: number;
  bufferedS: number;
  /** What came from seeders, where the plug-in counts it. */
  seederBytes: number;
  state: string;
  errors: string[];
}

interface P2pEngine { getConfigForHlsJs(): object; bindHls(hls: Hls): void }
interface Fugitive { stats(): { state: string; peers: number; received: { seeder: number }; fallbacks: object } }

declare global {
  interface Window {
    Hls: typeof Hls;
    fugitive?: { hlsjs: { attachFugitive(hls: Hls, options: object): Fugitive } };
    HlsJsP2PEngine?: new (config: object) => P2pEngine;
    take?: () => Seen;
  }
}

interface Loaded { startS: number; endS: number; bytes: number }

const setup = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Setup;
const found = document.querySelector('video');
if (found === null) throw new Error('the page has no video');
const video = found;
const loaded = new Map<string, Loaded>();
const errors: string[] = [];
const told = { firstFrameMs: undefined as number | undefined, loadedBytes: 0, segments: 0, stalls: 0, stalledMs: 0 };
let stalledSince: number | undefined;
let fugitive: Fugitive | undefined;

const hls = open(setup);
// The payload itself is with hls.js's Worker by then.
hls.on(window.Hls.Events.FRAG_LOADED, (_, { frag }) => note(frag, frag.stats.loaded));
hls.on(window.Hls.Events.ERROR, (_, { type, details, fatal }) => {
  if (errors.length < 20) errors.push(`${type} ${details}${fatal ? ' fatal' : ''}`);
});
video.requestVideoFrameCallback((now) => {
  told.firstFrameMs = now;
  // A wait before anything was shown is startup.
  video.addEventListener('waiting', () => {
    if (video.seeking || stalledSince !== undefined) return;
    told.stalls += 1;
    stalledSince = performance.now();
  });
  video.addEventListener('playing', () => {
    if (stalledSince !== undefined) told.stalledMs += performance.now() - stalledSince;
    stalledSince = undefined;
  });
});
hls.loadSource(setup.manifest);
hls.attachMedia(video);

window.take = () => {
  const { played, buffered, currentTime } = video;
  const ranges = Array.from({ length: played.length }, (_, place) => [played.start(place), played.end(place)] as const);
  const ahead = Array.from({ length: buffered.length }, (_, place) => place)
    .find((place) => buffered.start(place) <= currentTime + 0.1 && buffered.end(place) >= currentTime);
  const date = hls.playingDate?.getTime();
  const stats = fugitive?.stats();
  return {
    positionS: currentTime,
    playedS: ranges.reduce((sum, [start, end]) => sum + end - start, 0),
    playedBytes: [...loaded.values()].reduce((sum, segment) => sum + bytesWithin(segment, ranges), 0),
    loadedBytes: told.loadedBytes, segments: told.segments, stalls: told.stalls,
    stalledMs: told.stalledMs + (stalledSince === undefined ? 0 : performance.now() - stalledSince),
    bufferedS: ahead === undefined ? 0 : buffered.end(ahead) - currentTime,
    seederBytes: stats?.received.seeder ?? 0,
    state: stats === undefined ? '' : `${stats.state}, ${stats.peers} peers, ${JSON.stringify(stats.fallbacks)}`,
    errors: [...errors],
    ...(told.firstFrameMs !== undefined && { firstFrameMs: told.firstFrameMs }),
    ...(date !== undefined && { behindS: (Date.now() - date) / 1_000 }),
  };
};

function open({ plays, hls: settings, swarm, signaling, tracker, digestKey, trust }: Setup): Hls {
  if (plays === 'leader') {
    if (window.HlsJsP2PEngine === undefined) throw new Error('p2p-media-loader has not loaded');
    const engine = new window.HlsJsP2PEngine({
      core: { swarmId: swarm, announceTrackers: [tracker], rtcConfig: { iceServers: [] } },
    });
    const player = new window.Hls({ ...settings, ...engine.getConfigForHlsJs() });
    engine.bindHls(player);
    return player;
  }
  const player = new window.Hls(settings);
  if (plays === 'fugitive') {
    fugitive = window.fugitive?.hlsjs.attachFugitive(player, {
      signalingUrl: signaling, swarm, ...(digestKey !== undefined && { digestKey }), ...(trust !== undefined && { trust }),
    });
  }
  return player;
}

function note(frag: Fragment, bytes: number): void {
  told.loadedBytes += bytes;
  if (typeof frag.sn !== 'number') return;
  told.segments += 1;
  loaded.set(`${frag.type} ${frag.sn}`, { startS: frag.start, endS: frag.start + frag.duration, bytes });
}

function bytesWithin({ startS, endS, bytes }: Loaded, ranges: (readonly [number, number])[]): number {
  const within = ranges.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, endS) - Math.max(start, startS)), 0);
  return bytes * Math.min(1, within / (endS - startS));
}
