// The package's face for dash.js: what an app imports from `fugitive-dashjs` or `fugitive-dashjs/dashjs`.

export { attachFugitive } from './dashjs/attach.js';
export type { DashPlayer } from './dashjs/player.js';
export * from './common.js';
