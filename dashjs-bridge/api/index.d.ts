export { attachFugitive } from './dashjs/attach.js';
export type { DashPlayer } from './dashjs/player.js';
export * from './common.js';
