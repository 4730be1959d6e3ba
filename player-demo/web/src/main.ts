// The demo's page: a player with a Fugitive, and what the two are doing.
//
// For tests and tinkering `window.fugitiveDemo` holds the player, its Fugitive, the page's figures, and every
// event so far.

import type { Fugitive, FugitiveEvent } from 'fugitive-dashjs';
import { clearStore } from 'fugitive-dashjs/store';
import { Announcer } from './announce.js';
import { readConfig, type DemoConfig, type Stream } from './config.js';
import { Control } from './control.js';
import { pretend } from './device.js';
import { bufferAhead, figuresOf, FiguresView, type Figures, type Rival } from './figures.js';
import { Log } from './log.js';
import { bindOwn } from './own.js';
import { element, followWidth, setText } from './page.js';
import { Panel } from './panel.js';
import { Peers } from './peers.js';
import { formatOf, playerOf, type DemoPlayer, type Sharing } from './players.js';
import { Recovery } from './recovery.js';
import { RivalPlayer } from './rival.js';
import { excessTexts, readSettings, writeSettings, type Settings } from './settings.js';
import { Story } from './story.js';
import { Strip } from './strip.js';
import { Totals } from './totals.js';

/** `window.fugitiveDemo`. */
export interface FugitiveDemo {
  /** What the player's own module made: dash.js's `MediaPlayerClass`, an `Hls`, or a `shaka.Player`. */
  player: unknown;
  fugitive: Fugitive;
  /** The figures as the page shows them. */
  figures(): Figures;
  /** What the second player has come to, where there is one. */
  rival(): Rival | undefined;
  /** What each linked peer gave. */
  peers(): { peer: string; seeder: boolean; bytes: number }[];
  /** Forgets what is kept beyond the page. */
  clearStore(): Promise<void>;
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
/** Ahead of the playhead in seconds: room for peers to be asked before the origin must be. */
const BUFFER_S = 12;

followWidth();
element('reload', HTMLButtonElement).addEventListener('click', () => location.reload());
start().catch((error: unknown) => showTrouble(error instanceof Error ? error.message : String(error)));

async function start(): Promise<void> {
  const settings = readSettings(location.search);
  const announcer = new Announcer(element('announcements', HTMLElement));
  const panel = new Panel(settings, (text) => announcer.say(text));
  const config = await readConfig();
  const [first] = config.streams;
  const stream = config.streams.find(({ id }) => id === settings.stream) ?? first;
  if (stream === undefined) throw new Error('There is no stream to play.');
  showNotes([...missingText(settings.stream, stream), ...excessTexts(location.search)]);
  const address = location.search === '' ? 'bare' : 'told';
  // From now on the address says all of it.
  settings.stream = stream.id;
  showStreams(config.streams, stream, settings);
  const choice = playerOf(settings.player, formatOf(stream.manifestUrl));
  panel.showPlayer(choice, formatOf(stream.manifestUrl));
  // On its way while the server is told what the address asks for.
  const opening = choice.load();
  opening.catch(() => undefined);
  const control = config.controlUrl === undefined ? undefined : new Control(config.controlUrl, stream.id);
  // The address may ask for a narrow origin: that is to hold from the first byte on.
  if (control !== undefined) await panel.bind(control, address);

  pretend(settings.device);
  const open = await opening;
  const video = element('video', HTMLVideoElement);
  video.muted = settings.muted;
  const player = open({ video, sharing: sharingOf(config, stream, settings), bufferS: BUFFER_S });
  const recovery = new Recovery(player, video, stream.manifestUrl);
  const rival = settings.compare ? new RivalPlayer(open, video, stream.manifestUrl, BUFFER_S) : undefined;
  window.fugitiveDemo = show({ player, video, recovery, rival, announcer, control, stream: stream.id, settings });
  player.play(stream.manifestUrl, settings.autoplay ? 'now' : 'byViewer');
}

function sharingOf(config: DemoConfig, stream: Stream, settings: Settings): Sharing {
  return {
    signalingUrl: config.signalingUrl,
    swarm: stream.swarm,
    channelTransfer: settings.transfer,
    start: settings.start,
    policy: { uploads: settings.uploads },
    ...(config.digestKey !== undefined && { digestKey: config.digestKey }),
    ...(settings.keep !== null && { store: settings.keep > 0 && { maxBytes: settings.keep * 1024 * 1024 } }),
    ...(!settings.ahead && { prefetchWindowMs: 0 }),
  };
}

/** What the page shows. */
interface Shown {
  player: DemoPlayer;
  video: HTMLVideoElement;
  recovery: Recovery;
  rival: RivalPlayer | undefined;
  announcer: Announcer;
  control: Control | undefined;
  stream: string;
  settings: Settings;
}

function show({ player, video, recovery, rival, announcer, control, stream, settings }: Shown): FugitiveDemo {
  const { fugitive } = player;
  if (fugitive === undefined) throw new Error('The player has no Fugitive.');
  const story = new Story(rival === undefined ? 'absent' : 'drawn', settings.graph);
  const nameOf = (peer: string) => story.labelOf(peer);
  announcer.nameBy(nameOf);
  const peers = new Peers(element('peers', HTMLElement), nameOf);
  const strip = new Strip(element('strip', HTMLElement), (peer) => story.isSeeder(peer));
  const log = new Log(element('log', HTMLElement), nameOf);
  const view = new FiguresView();
  const events: FugitiveEvent[] = [];
  fugitive.on('*', (event) => {
    events.push(event);
    if (events.length > KEPT_EVENTS) events.shift();
    for (const listener of [story, log, announcer, peers]) listener.tell(event);
    if (event.type === 'segmentReceived') strip.receive(event, peers.mixText(event));
    if (event.type === 'segmentDelivered') strip.deliver(event);
  });
  player.onLoaded((segment) => strip.load(segment));
  bindOwn(fugitive, settings, (text) => announcer.say(text));
  control?.onState(({ members, origin }) => {
    story.see(members.filter((member) => member.stream === stream));
    for (const list of [peers, log]) list.rename();
    rival?.see(origin.power);
    // A live stream's time may begin elsewhere then.
    if (recovery.see(origin.power) === 'restarted') strip.clear();
  });
  const totals = new Totals();
  const figures = () => figuresOf(totals.with(fugitive.stats()), {
    bufferS: bufferAhead(video), rung: video.videoHeight, bitrate: player.bitrate(), behindLiveS: player.behindLiveS(),
  });
  story.start(() => ({ own: figures(), rival: rival?.figures() }));
  setInterval(() => {
    const own = figures();
    view.show(own);
    if (rival !== undefined) view.compare(own, rival.figures());
    const reason = recovery.stopped();
    if (reason === undefined) element('trouble', HTMLElement).hidden = true;
    else showTrouble(`Nothing plays: ${reason}.`);
    strip.draw(video.currentTime * 1_000, Number.isFinite(video.duration) && !player.isLive() ? video.duration * 1_000 : undefined);
  }, DRAW_MS);
  return { player: player.raw, fugitive, figures, rival: () => rival?.figures(), peers: () => peers.figures(), clearStore, events };
}

function showStreams(streams: Stream[], current: Stream, settings: Settings): void {
  const links = streams.map((stream) => {
    const link = document.createElement('a');
    link.textContent = stream.title;
    if (stream === current) link.setAttribute('aria-current', 'page');
    const address = () => writeSettings({ ...settings, stream: stream.id });
    link.href = address();
    // The panel changes the settings while the page is open: simulated viewers come along.
    link.addEventListener('click', () => { link.href = address(); });
    return link;
  });
  element('streams', HTMLElement).append(...links);
  const second = element('second', HTMLAnchorElement);
  // Browsers start a page that nobody touched only without sound. Tabs share what is kept of films: with that the second
  // would have nothing to ask of the first.
  const secondAddress = () => writeSettings({ ...settings, autoplay: true, muted: true, compare: false, keep: 0 });
  second.href = secondAddress();
  second.addEventListener('click', () => { second.href = secondAddress(); });
  document.title = `${current.title} · fugitive`;
}

/** What is to be said of an address that names a stream which is not there. */
function missingText(wanted: string | null, taken: Stream): string[] {
  return wanted === null || wanted === taken.id ? [] : [`There is no stream "${wanted}": this is "${taken.title}".`];
}

function showNotes(notes: readonly string[]): void {
  const line = element('notes', HTMLElement);
  // A status that is hidden while it changes is not read out.
  line.hidden = notes.length === 0;
  setText(line, notes.join(' '));
}

function showTrouble(text: string): void {
  element('trouble', HTMLElement).hidden = false;
  setText(element('trouble-text', HTMLElement), text);
}
