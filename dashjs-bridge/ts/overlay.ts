// The package's face for looking at a swarm from within a page: what an app imports from `fugitive-dashjs/overlay`.

export { showOverlay } from './overlay/show.js';
export type { Overlay, OverlayOptions } from './overlay/show.js';
