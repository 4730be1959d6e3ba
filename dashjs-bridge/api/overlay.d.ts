export { showOverlay } from './overlay/show.js';
export type { Overlay, OverlayOptions } from './overlay/show.js';
