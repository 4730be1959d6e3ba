// What this page's viewer changes while it plays: consent, a pause of P2P, and the package's own panel of figures.

import type { Fugitive } from 'fugitive-dashjs';
import type { Overlay } from 'fugitive-dashjs/overlay';
import { element } from './page.js';
import { writeSettings, type Settings } from './settings.js';

/** Binds the controls that change the page at once; the address keeps what they say. `say` tells those who do not see it. */
export function bindOwn(fugitive: Fugitive, settings: Settings, say: (text: string) => void): void {
  let overlay: Promise<Overlay> | undefined;
  bind(settings, 'paused', (paused) => (paused ? fugitive.pause() : fugitive.resume()));
  const keep = bind(settings, 'overlay', (shown) => {
    void overlay?.then((panel) => panel.close());
    overlay = shown ? openOverlay(fugitive, () => keep(false)) : undefined;
  });
  askConsent(fugitive, say);
}

/** Binds a switch. Returns what writes down that it is another way now. */
function bind(settings: Settings, name: 'paused' | 'overlay', apply: (isOn: boolean) => void): (isOn: boolean) => void {
  const box = element(`own-${name}`, HTMLInputElement);
  const show = () => { box.checked = settings[name]; };
  const keep = (isOn: boolean) => {
    settings[name] = isOn;
    show();
    history.replaceState(null, '', `${location.pathname}${writeSettings(settings)}`);
  };
  show();
  window.addEventListener('pageshow', show);
  if (box.checked) apply(true);
  box.addEventListener('change', () => {
    keep(box.checked);
    apply(box.checked);
  });
  return keep;
}

/** The panel's module is loaded when it is wanted first. `onClose` is called when the viewer closes the panel there. */
async function openOverlay(fugitive: Fugitive, onClose: () => void): Promise<Overlay> {
  const { showOverlay } = await import('fugitive-dashjs/overlay');
  const overlay = showOverlay(fugitive);
  const panel = document.body.lastElementChild;
  const watch = new MutationObserver(() => {
    if (panel?.isConnected === true) return;
    watch.disconnect();
    onClose();
  });
  watch.observe(document.body, { childList: true });
  return { close: () => {
    watch.disconnect();
    overlay.close();
  } };
}

function askConsent(fugitive: Fugitive, say: (text: string) => void): void {
  const question = element('consent', HTMLElement);
  fugitive.on('consentNeeded', () => { question.hidden = false; });
  for (const answer of ['on', 'off'] as const) {
    element(`consent-${answer}`, HTMLButtonElement).addEventListener('click', () => {
      question.hidden = true;
      fugitive.allowUploads(answer);
      // The button is gone, and with it the place of whoever goes by the keyboard.
      element('video', HTMLVideoElement).focus();
      say(answer === 'on' ? 'This page gives to others.' : 'This page only takes.');
    });
  }
}
