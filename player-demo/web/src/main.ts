// The demo's page: a stock player with a Fugitive, and what the two are doing.
//
// For tests and tinkering `window.fugitiveDemo` holds the player, its Fugitive, the page's figures, and every
// event so far.

import type { Fugitive, FugitiveEvent } from 'fugitive-dashjs';
import { readConfig, readQuery, type Query, type Stream } from './config.js';
import { figuresOf, FiguresView, type Figures } from './figures.js';
import { Log } from './log.js';
import { element, setText } from './page.js';
import { Peers } from './peers.js';
import { preparePlayer } from './players.js';
import { Strip } from './strip.js';

/** `window.fugitiveDemo`. */
export interface FugitiveDemo {
  /** What the player's own module made: dash.js's `MediaPlayerClass`, an `Hls`, or a `shaka.Player`. */
  player: object;
  fugitive: Fugitive;
  /** The figures as the page shows them. */
  figures(): Figures;
  /** What each linked peer gave. */
  peers(): { peer: string; seeder: boolean; bytes: number }[];
  /** The latest events, oldest first; at most 10,000. */
  events: FugitiveEvent[];
}

declare global {
  interface Window {
    fugitiveDemo?: FugitiveDemo;
  }
}

/** How often the page is drawn anew, in milliseconds. */
const DRAW_MS = 250;
const KEPT_EVENTS = 10_000;

start().catch((error: unknown) => showTrouble(error instanceof Error ? error.message : String(error)));

async function start(): Promise<void> {
  const query = readQuery(location.search);
  const config = await readConfig();
  const [first] = config.streams;
  const stream = config.streams.find(({ id }) => id === query.stream) ?? first;
  if (stream === undefined) throw new Error('There is no stream to play.');
  showStreams(config.streams, stream, query);

  const video = element('video', HTMLVideoElement);
  video.muted = query.muted;
  const kind = query.player ?? (stream.manifestUrl.endsWith('.m3u8') ? 'hlsjs' : 'dashjs');
  const { player, fugitive, load } = await preparePlayer(kind, video, {
    signalingUrl: config.signalingUrl,
    swarm: stream.swarm,
    channelTransfer: query.transfer,
    ...(config.digestKey !== undefined && { digestKey: config.digestKey }),
  }, () => showTrouble('The stream cannot be played; the browser\'s console says why.'));
  window.fugitiveDemo = show(player, fugitive, video);
  await load(stream.manifestUrl, query.autoplay);
}

function show(player: object, fugitive: Fugitive, video: HTMLVideoElement): FugitiveDemo {
  const strip = new Strip(element('strip', HTMLElement));
  const peers = new Peers(element('peers', HTMLElement));
  const log = new Log(element('log', HTMLElement));
  const view = new FiguresView();
  const events: FugitiveEvent[] = [];
  let live = true;
  fugitive.on('*', (event) => {
    if (event.type === 'timelineUpdated') live = event.live;
    events.push(event);
    if (events.length > KEPT_EVENTS) events.shift();
    log.tell(event);
    peers.tell(event);
    if (event.type === 'segmentReceived') strip.show(event, peers.mixText(event));
    if (event.type === 'segmentDelivered') strip.show(event);
  });
  const figures = () => figuresOf(fugitive.stats(), bufferAhead(video), video.videoHeight);
  setInterval(() => {
    view.show(figures());
    strip.draw(video.currentTime * 1_000, live ? undefined : video.duration * 1_000 || undefined);
  }, DRAW_MS);
  return { player, fugitive, figures, peers: () => peers.figures(), events };
}

function bufferAhead({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index)) {
      return buffered.end(index) - currentTime;
    }
  }
  return 0;
}

function showStreams(streams: Stream[], current: Stream, query: Query): void {
  const links = streams.map((stream) => {
    const link = document.createElement('a');
    link.href = `?stream=${encodeURIComponent(stream.id)}`;
    link.textContent = stream.title;
    if (stream === current) link.setAttribute('aria-current', 'page');
    return link;
  });
  element('streams', HTMLElement).append(...links);
  const second = element('second', HTMLAnchorElement);
  // Browsers start a page that nobody touched only without sound.
  const address = new URLSearchParams({ stream: current.id, autoplay: '1', muted: '1' });
  if (query.player !== undefined) address.set('player', query.player);
  if (query.transfer === 'never') address.set('transfer', 'never');
  second.href = `?${address.toString()}`;
  document.title = `${current.title} · fugitive`;
}

function showTrouble(text: string): void {
  const line = element('trouble', HTMLElement);
  setText(line, text);
  line.hidden = false;
}
