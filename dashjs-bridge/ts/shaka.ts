// The package's face for Shaka: what an app imports from `fugitive-dashjs/shaka`.

export { attachFugitive } from './shaka/attach.js';
export type { ShakaNamespace, ShakaPlayer } from './shaka/player.js';
export * from './common.js';
