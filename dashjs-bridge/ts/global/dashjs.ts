// The script-tag build for dash.js: `window.fugitive.dashjs`.

import { attachFugitive } from '../dashjs/attach.js';
import type { DashPlayer } from '../dashjs/player.js';
import type { FugitiveOptions } from '../options.js';
import { beside, expose } from './page.js';

expose('dashjs', (player: DashPlayer, options: FugitiveOptions) => attachFugitive(player, beside(options)));
