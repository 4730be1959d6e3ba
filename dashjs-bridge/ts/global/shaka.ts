// The script-tag build for Shaka: `window.fugitive.shaka`.

import type { FugitiveOptions } from '../options.js';
import { attachFugitive } from '../shaka/attach.js';
import type { ShakaNamespace, ShakaPlayer } from '../shaka/player.js';
import { beside, expose } from './page.js';

expose('shaka', (shaka: ShakaNamespace, player: ShakaPlayer, options: FugitiveOptions) =>
  attachFugitive(shaka, player, beside(options)));
