// A panel of figures over any page, in a shadow tree of its own: it takes no style from the page and gives it none.

import type { FugitiveEvent } from '../events.js';
import type { Fugitive } from '../fugitive.js';
import { el } from './dom.js';
import { OverlayView } from './view.js';
import { SHEET } from './style.js';
import { eventText } from './text.js';

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

/** How often the figures are drawn, in milliseconds: as often as the engine tells them. */
const DRAW_MS = 1_000;
/** How many events are kept. */
const KEPT_EVENTS = 30;

/**
 * Shows what `fugitive` does: bytes by source, peers, fallbacks, the last events. Escape closes it while it has the
 * focus, and so does its button. It draws only while the page can be seen.
 */
export function showOverlay(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, options: OverlayOptions = {}): Overlay {
  const host = el('div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  root.adoptedStyleSheets = [sheet];
  host.classList.toggle('within', options.parent !== undefined);
  const focusedBefore = document.activeElement;
  const view = new OverlayView(close);
  root.append(view.element);
  const events: { at: Date; text: string }[] = [];
  const draw = () => {
    if (!document.hidden) view.draw(fugitive.stats(), events);
  };
  const hear = (event: FugitiveEvent) => {
    const text = eventText(event);
    if (text === undefined) return;
    events.unshift({ at: new Date(), text });
    events.length = Math.min(events.length, KEPT_EVENTS);
  };
  fugitive.on('*', hear);
  (options.parent ?? document.body).append(host);
  draw();
  const timer = setInterval(draw, DRAW_MS);
  let closed = false;

  function close(): void {
    // The page may have taken it away by itself, with its parent: what draws goes on.
    if (closed) return;
    closed = true;
    clearInterval(timer);
    fugitive.off('*', hear);
    const hadFocus = root.activeElement !== null;
    host.remove();
    if (hadFocus && focusedBefore instanceof HTMLElement) focusedBefore.focus();
  }
  return { close };
}
