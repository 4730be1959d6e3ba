export { attachFugitive } from './shaka/attach.js';
export type { ShakaNamespace, ShakaPlayer } from './shaka/player.js';
export * from './common.js';
