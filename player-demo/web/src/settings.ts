// The state of the playground as the address bar has it. What is as by default is not written: an address that says
// anything says all, and what it does not name is to be as in a demo that was just started.

/** How the viewer's device is to look to the engine: as it is, or as one of those that have a policy. */
export type Device = 'own' | 'cellular' | 'saving' | 'battery';

/** How the swarm is drawn: as the browser can do it best, or as asked. */
export type Graph = 'auto' | 'webgl' | 'svg';

const DEVICES: readonly Device[] = ['own', 'cellular', 'saving', 'battery'];
const UPLOADS: readonly Settings['uploads'][] = ['on', 'off', 'ask'];
const GRAPHS: readonly Graph[] = ['auto', 'webgl', 'svg'];

/** What can be asked for in numbers: what it is, its name in the address and in words, and the most that the server takes. */
const NUMBERS = [
  ['viewers', 'viewers', 'simulated viewers', 12],
  ['kbps', 'kbps', 'kilobits a second', 1_000_000],
  ['delayMs', 'delay', 'milliseconds of delay', 5_000],
] as const;

/** What is asked of the demo's server; what is absent is left as it is. */
export interface Wishes {
  /** Simulated viewers. */
  viewers?: number;
  /** Whether the first of them alters what it sends. */
  poison?: boolean;
  /** Kilobits a second that the origin sends, over all; 0 is without a limit. */
  kbps?: number;
  /** Milliseconds before each of its answers. */
  delayMs?: number;
  /** Whether these run. */
  origin?: boolean;
  seeder?: boolean;
  signaling?: boolean;
}

/** Everything that the address says. */
export interface Settings {
  /** The stream's id; null for the first. */
  stream: string | null;
  /** The player's id; null for the first. */
  player: string | null;
  muted: boolean;
  autoplay: boolean;
  transfer: 'auto' | 'never';
  /** When the engine is loaded. */
  start: 'firstFrame' | 'atOnce';
  /** Whether this page gives to others; `ask` has the viewer say so when another is there. */
  uploads: 'on' | 'off' | 'ask';
  /** Whether it asks peers ahead of the player. */
  ahead: boolean;
  device: Device;
  /** Whether a second player plays the same over HTTP only. */
  compare: boolean;
  /** Whether P2P rests, and whether the package's own panel of figures is shown: both change while the page is open. */
  paused: boolean;
  overlay: boolean;
  graph: Graph;
  /** How much of films may be kept beyond the page, in MiB: as by default, or so much; 0 is nothing. */
  keep: number | null;
  wishes: Wishes;
  /** The link that the demo was started with: what an address means that names none. It is the server's word. */
  startKbps: number;
}

/** Reads an address's query; what is not understood counts as not said. */
export function readSettings(search: string): Settings {
  const query = new URLSearchParams(search);
  const [device, graph, uploads] = [query.get('device'), query.get('graph'), query.get('uploads')];
  const keep = query.get('keep');
  return {
    stream: query.get('stream'),
    player: query.get('player'),
    muted: query.get('muted') === '1',
    autoplay: query.get('autoplay') === '1',
    transfer: query.get('transfer') === 'never' ? 'never' : 'auto',
    start: query.get('start') === 'atOnce' ? 'atOnce' : 'firstFrame',
    uploads: UPLOADS.find((known) => known === uploads) ?? 'on',
    ahead: query.get('ahead') !== 'off',
    device: DEVICES.find((known) => known === device) ?? 'own',
    compare: query.get('compare') === '1',
    paused: query.get('paused') === '1',
    overlay: query.get('overlay') === '1',
    graph: GRAPHS.find((known) => known === graph) ?? 'auto',
    keep: keep !== null && /^\d{1,6}$/.test(keep) ? Number(keep) : null,
    wishes: readWishes(query),
    startKbps: 0,
  };
}

/** What an address asks for that is more than there can be, in words. */
export function excessTexts(search: string): string[] {
  const query = new URLSearchParams(search);
  return NUMBERS.flatMap(([, param, words, most]) =>
    (numberOf(query, param) ?? 0) > most ? `The address asks for ${query.get(param) ?? ''} ${words}: ${most} is the most.` : []);
}

/** Writes them as a query, with its question mark; nothing where all is as by default. */
export function writeSettings(settings: Settings): string {
  const {
    stream, player, muted, autoplay, transfer, start, uploads, ahead, device, compare, paused, overlay, graph, keep, wishes,
    startKbps,
  } = settings;
  const query = new URLSearchParams();
  const say = (name: string, value: string | null, isSaid = value !== null) => {
    if (isSaid && value !== null) query.set(name, value);
  };
  say('stream', stream);
  say('player', player);
  say('muted', '1', muted);
  say('autoplay', '1', autoplay);
  say('transfer', transfer, transfer !== 'auto');
  say('start', start, start !== 'firstFrame');
  say('uploads', uploads, uploads !== 'on');
  say('ahead', 'off', !ahead);
  say('device', device, device !== 'own');
  say('compare', '1', compare);
  say('paused', '1', paused);
  say('overlay', '1', overlay);
  say('graph', graph, graph !== 'auto');
  say('keep', keep === null ? null : String(keep));
  for (const [name, value] of wishTexts(wishes, startKbps)) query.set(name, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function readWishes(query: URLSearchParams): Wishes {
  const wishes: Wishes = {};
  for (const [name, param, , most] of NUMBERS) {
    const number = numberOf(query, param);
    if (number !== undefined) wishes[name] = Math.min(number, most);
  }
  for (const name of ['poison', 'origin', 'seeder', 'signaling'] as const) {
    const text = query.get(name);
    if (text === 'on' || text === 'off') wishes[name] = text === 'on';
  }
  return wishes;
}

function numberOf(query: URLSearchParams, param: string): number | undefined {
  const text = query.get(param);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What differs from a demo that was just started. */
function wishTexts(
  { viewers, poison, kbps, delayMs, origin, seeder, signaling }: Wishes, startKbps: number,
): [string, string][] {
  const texts: [string, string][] = [];
  if (viewers !== undefined && viewers > 0) texts.push(['viewers', String(viewers)]);
  if (poison === true) texts.push(['poison', 'on']);
  if (kbps !== undefined && kbps !== startKbps) texts.push(['kbps', String(kbps)]);
  if (delayMs !== undefined && delayMs > 0) texts.push(['delay', String(delayMs)]);
  if (origin === false) texts.push(['origin', 'off']);
  if (seeder === false) texts.push(['seeder', 'off']);
  if (signaling === false) texts.push(['signaling', 'off']);
  return texts;
}
