import type { Fugitive } from '../fugitive.js';
/** What `showOverlay` takes beside the Fugitive. */
export interface OverlayOptions {
    /**
     * Where the panel is put: then it lies in that element's corner, which should be positioned, as players' containers
     * are. Give the element that goes into full screen, if the panel is to be seen there.
     * @default the corner of the window
     */
    parent?: Element;
}
/** A panel that is shown. */
export interface Overlay {
    /** Takes it away, and gives the focus back if the panel had it. May be called again. */
    close(): void;
}
/**
 * Shows what `fugitive` does: bytes by source, peers, fallbacks, the last events. Escape closes it while it has the
 * focus, and so does its button. It draws only while the page can be seen.
 */
export declare function showOverlay(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, options?: OverlayOptions): Overlay;
