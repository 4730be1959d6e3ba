// Plugs into a stock hls.js 1.7 player, before it loads its source.

import { checkOptions } from '../check.js';
import { FugitiveAttachError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { Session } from '../page/session.js';
import { fragmentLoader } from './fragments.js';
import type { LoaderClass } from './loading.js';
import type { HlsPlayer } from './player.js';
import { playlistLoader } from './playlists.js';

const attached = new WeakSet<HlsPlayer>();

/**
 * Lets the viewers of what `hls` plays feed each other. Call it once per player, before `loadSource()`.
 *
 * The player keeps its own buffer, levels and retries; only whole segments may come from the engine. Whatever goes
 * wrong later is an event, and the player plays on with the loaders that it has.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, or has loaded a source.
 */
export function attachFugitive(hls: HlsPlayer, options: FugitiveOptions): Fugitive {
  const checked = checkOptions(options, document.baseURI);
  if (attached.has(hls)) throw new FugitiveAttachError('the player has, or had, a Fugitive already');
  if (hls.url) throw new FugitiveAttachError('the player has a source already: attach before loadSource()');
  attached.add(hls);
  const session = new Session(checked, () => videoOf(hls));
  const { config } = hls;
  // What hls.js would use goes on inside: loaders of the app, and those that CMCD has put there.
  config.fLoader = fragmentLoader(session, (config.fLoader ?? config.loader) as LoaderClass, () => hls.bandwidthEstimate);
  config.pLoader = playlistLoader(session, (config.pLoader ?? config.loader) as LoaderClass);
  hls.on('hlsDestroying' as never, () => session.titleClosed());
  return session;
}

function videoOf({ media }: HlsPlayer): HTMLVideoElement | undefined {
  return media instanceof HTMLMediaElement ? (media as HTMLVideoElement) : undefined;
}
