// The script-tag build for Shaka: `window.fugitive.shaka`.

import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { attachFugitive as attach } from '../shaka/attach.js';
import type { ShakaNamespace, ShakaPlayer } from '../shaka/player.js';
import { beside } from './beside.js';

export * from '../common.js';

export function attachFugitive(shaka: ShakaNamespace, player: ShakaPlayer, options: FugitiveOptions): Fugitive {
  return attach(shaka, player, beside(options));
}
