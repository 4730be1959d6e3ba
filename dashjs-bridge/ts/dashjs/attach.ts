// Plugs into a stock dash.js 5 player, before it is initialised.

import { checkOptions } from '../check.js';
import { FugitiveAttachError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { abortExtension } from './abort.js';
import { loaderExtension } from './loader.js';
import type { DashPlayer } from './player.js';
import { Session } from './session.js';

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
  // The first extension of a name wins in dash.js; a later one is ignored without a word.
  const settings = () => player.getSettings();
  player.extend('XHRLoader', loaderExtension(session, settings), true);
  player.extend('FetchLoader', loaderExtension(session, settings), true);
  player.extend('HTTPLoader', abortExtension(session), true);
  player.on('streamTeardownComplete', () => session.titleClosed());
  return session;
}

function refuseUnfit(player: DashPlayer): void {
  const version = player.getVersion();
  if (!version.startsWith('5.')) throw new FugitiveAttachError(`dash.js 5 is needed, this is ${version}`);
  if (attached.has(player)) throw new FugitiveAttachError('the player has a Fugitive already: use that one');
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
