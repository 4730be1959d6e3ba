// The script-tag build for hls.js: `window.fugitive.hlsjs`.

import { attachFugitive } from '../hlsjs/attach.js';
import type { HlsPlayer } from '../hlsjs/player.js';
import type { FugitiveOptions } from '../options.js';
import { beside, expose } from './page.js';

expose('hlsjs', (hls: HlsPlayer, options: FugitiveOptions) => attachFugitive(hls, beside(options)));
