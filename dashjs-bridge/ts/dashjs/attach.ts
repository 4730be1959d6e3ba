// Plugs into a stock dash.js 5 or 4 player, before it is initialised.

import { checkOptions } from '../check.js';
import { FugitiveAttachError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { Session } from '../page/session.js';
import { abortExtension, type Cancels } from './abort.js';
import { clockOf } from './clock.js';
import { loaderExtension } from './loader.js';
import { loaderExtension4 } from './loader4.js';
import type { DashPlayer, PlayerSettings } from './player.js';

const attached = new WeakSet<DashPlayer>();

/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `initialize()`.
 *
 * The player keeps its own buffer, rungs and retries; only its audio, video and subtitle segments may come from
 * the engine. Whatever goes wrong later is an event, and the player plays on over its own HTTP.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player cannot be extended any more.
 */
export function attachFugitive(player: DashPlayer, options: FugitiveOptions): Fugitive {
  const checked = checkOptions(options, document.baseURI);
  refuseUnfit(player);
  attached.add(player);
  const session = new Session(checked, () => videoOf(player));
  extend(player, session);
  player.on('streamTeardownComplete', () => session.titleClosed());
  return session;
}

/** The first extension of a name wins in dash.js; a later one is ignored without a word. */
function extend(player: DashPlayer, session: Session): void {
  const now = clockOf(player);
  if (player.getVersion().startsWith('4.')) {
    for (const name of ['XHRLoader', 'FetchLoader']) player.extend(name, loaderExtension4(session, now), true);
    return;
  }
  const cancels: Cancels = new Map();
  const extension = loaderExtension(session, cancels, () => player.getSettings() as PlayerSettings, now);
  for (const name of ['XHRLoader', 'FetchLoader']) player.extend(name, extension, true);
  player.extend('HTTPLoader', abortExtension(cancels), true);
}

function refuseUnfit(player: DashPlayer): void {
  const version = player.getVersion();
  if (!/^[45]\./.test(version)) throw new FugitiveAttachError(`dash.js 5 or 4 is needed, this is ${version}`);
  if (attached.has(player)) throw new FugitiveAttachError('the player has, or had, a Fugitive already');
  if (player.isReady()) throw new FugitiveAttachError('the player is initialised already: attach before initialize()');
}

function videoOf(player: DashPlayer): HTMLVideoElement | undefined {
  try {
    // dash.js throws while no element is attached, and after destroy().
    return player.getVideoElement() ?? undefined;
  } catch {
    return undefined;
  }
}
