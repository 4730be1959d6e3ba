import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { HlsPlayer } from './player.js';
/**
 * Lets the viewers of what `hls` plays feed each other. Call it once per player, before `loadSource()`.
 *
 * The player keeps its own buffer, levels and retries; only whole segments may come from the engine. Whatever goes
 * wrong later is an event, and the player plays on with the loaders that it has.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, or has loaded a source.
 */
export declare function attachFugitive(hls: HlsPlayer, options: FugitiveOptions): Fugitive;
