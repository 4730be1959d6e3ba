import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { DashPlayer } from './player.js';
/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `initialize()`.
 *
 * The player keeps its own buffer, rungs and retries; only its audio, video and subtitle segments may come from
 * the engine. Whatever goes wrong later is an event, and the player plays on over its own HTTP.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player cannot be extended any more.
 */
export declare function attachFugitive(player: DashPlayer, options: FugitiveOptions): Fugitive;
