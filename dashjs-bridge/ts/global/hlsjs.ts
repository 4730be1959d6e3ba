// The script-tag build for hls.js: `window.fugitive.hlsjs`.

import { attachFugitive as attach } from '../hlsjs/attach.js';
import type { HlsPlayer } from '../hlsjs/player.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { beside } from './beside.js';

export * from '../common.js';

export function attachFugitive(hls: HlsPlayer, options: FugitiveOptions): Fugitive {
  return attach(hls, beside(options));
}
