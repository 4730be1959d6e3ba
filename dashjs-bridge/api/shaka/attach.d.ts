import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { ShakaNamespace, ShakaPlayer } from './player.js';
/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `load()`; `shaka` is the
 * namespace that the player is of.
 *
 * The player keeps its own buffer, variants and retries; only audio, video and text segments may come from the engine.
 * Whatever goes wrong later is an event, and the player plays on over its own HTTP. It takes the schemes `http` and
 * `https` at Shaka's priority for apps: players of the page without a Fugitive go on as before.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, has loaded a title, or was destroyed.
 */
export declare function attachFugitive(shaka: ShakaNamespace, player: ShakaPlayer, options: FugitiveOptions): Fugitive;
