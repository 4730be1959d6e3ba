// The package's face for hls.js: what an app imports from `fugitive-dashjs/hlsjs`.

export { attachFugitive } from './hlsjs/attach.js';
export type { HlsPlayer, HlsSettings } from './hlsjs/player.js';
export * from './common.js';
