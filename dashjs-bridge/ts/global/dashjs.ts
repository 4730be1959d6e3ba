// The script-tag build for dash.js: `window.fugitive.dashjs`.

import { attachFugitive as attach } from '../dashjs/attach.js';
import type { DashPlayer } from '../dashjs/player.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { beside } from './beside.js';

export * from '../common.js';

export function attachFugitive(player: DashPlayer, options: FugitiveOptions): Fugitive {
  return attach(player, beside(options));
}
