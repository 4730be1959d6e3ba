export { attachFugitive } from './hlsjs/attach.js';
export type { HlsPlayer, HlsSettings } from './hlsjs/player.js';
export * from './common.js';
