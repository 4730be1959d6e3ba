// What this page's viewer changes while it plays: consent, a pause of P2P, and the package's own panel of figures.

import type { Fugitive } from 'fugitive-dashjs';
import type { Overlay } from 'fugitive-dashjs/overlay';
import { element } from './page.js';
import { writeSettings, type Settings } from './settings.js';

/** Binds the controls that change the page at once; the address keeps what they say. */
export function bindOwn(fugitive: Fugitive, settings: Settings): void {
  let overlay: Promise<Overlay> | undefined;
  bind(settings, 'paused', (paused) => (paused ? fugitive.pause() : fugitive.resume()));
  bind(settings, 'overlay', (shown) => {
    void overlay?.then((panel) => panel.close());
    // The panel's module is loaded when it is wanted first.
    overlay = shown ? import('fugitive-dashjs/overlay').then(({ showOverlay }) => showOverlay(fugitive)) : undefined;
  });
  askConsent(fugitive);
}

function bind(settings: Settings, name: 'paused' | 'overlay', apply: (isOn: boolean) => void): void {
  const box = element(`own-${name}`, HTMLInputElement);
  box.checked = settings[name];
  if (box.checked) apply(true);
  box.addEventListener('change', () => {
    settings[name] = box.checked;
    history.replaceState(null, '', `${location.pathname}${writeSettings(settings)}`);
    apply(box.checked);
  });
}

function askConsent(fugitive: Fugitive): void {
  const question = element('consent', HTMLElement);
  fugitive.on('consentNeeded', () => { question.hidden = false; });
  for (const answer of ['on', 'off'] as const) {
    element(`consent-${answer}`, HTMLButtonElement).addEventListener('click', () => {
      question.hidden = true;
      fugitive.allowUploads(answer);
    });
  }
}
