// The page of files: tags that a service worker answers, and where what they name came from.

import { createFetch, serveServiceWorker, type FugitiveEvent, type FugitiveFetch, type Source } from 'fugitive-dashjs/fetch';
import { clearStore } from 'fugitive-dashjs/store';
import { readConfig } from '../config.js';
import { bytesText } from '../format.js';
import { element, setText } from '../page.js';
import { SharesView } from '../shares.js';
import { insertTags } from './tags.js';

/** How long a page waits for its service worker before its tags are the browser's own. */
const PATIENCE_MS = 10_000;
const SHOWN_EVERY_MS = 300;
const NAMES: Record<Source, string> = { peer: 'another visitor', seeder: 'a seeder', stored: 'kept', origin: 'the server' };

declare global {
  interface Window {
    /** For whoever looks on from a console. */
    fugitiveFetch?: FugitiveFetch;
  }
}

async function begin(): Promise<void> {
  const { signalingUrl, gallery } = await readConfig();
  if (gallery === undefined) throw new Error('The server\'s /config.json names no files: check how player-demo was started.');
  const fugitiveFetch = createFetch({
    signalingUrl, list: gallery.list, swarm: gallery.swarm, digestKey: gallery.digestKey,
  });
  window.fugitiveFetch = fugitiveFetch;
  const { fugitive } = fugitiveFetch;
  fugitive.on('segmentDelivered', tell);
  const shares = new SharesView({ peer: 'visitors', stored: 'kept', origin: 'server' });
  setInterval(() => { show(fugitiveFetch, shares); }, SHOWN_EVERY_MS);
  element('again', HTMLButtonElement).addEventListener('click', () => void again());
  if (!await isServed(fugitiveFetch).catch(() => false)) complain('No service worker answers this page\'s tags: they are the browser\'s own.');
  insertTags(new URL('.', new URL(gallery.list, location.href)).pathname);
}

/** Waits until the service worker has heard what this page offers; false where none does, or it is refused. */
async function isServed(fugitiveFetch: FugitiveFetch): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  await navigator.serviceWorker.register('/service-worker.js', { type: 'module', scope: '/gallery' });
  const { offered } = serveServiceWorker(fugitiveFetch);
  const late = new Promise<boolean>((resolve) => { setTimeout(() => { resolve(false); }, PATIENCE_MS); });
  return Promise.race([offered.then(() => true), late]);
}

/** Says of a file where it came from. */
function tell({ label, source, bytes }: Extract<FugitiveEvent, { type: 'segmentDelivered' }>): void {
  const line = document.createElement('li');
  const swatch = document.createElement('i');
  const name = document.createElement('b');
  const from = document.createElement('span');
  swatch.className = `swatch ${source}`;
  name.textContent = label;
  from.className = 'source';
  from.textContent = `${bytesText(bytes)}, ${NAMES[source]}`;
  line.append(swatch, name, from);
  element('files', HTMLElement).append(line);
  const mark = document.querySelector<HTMLElement>(`.pictures [data-file="${CSS.escape(label)}"]`);
  mark?.replaceChildren(`${bytesText(bytes)}, ${NAMES[source]}`);
}

function show({ fugitive }: FugitiveFetch, shares: SharesView): void {
  const { delivered, peers } = fugitive.stats();
  shares.show(delivered);
  setText(element('state', HTMLElement),
    peers === 0 ? 'No other visitor is here.' : `${peers} other ${peers === 1 ? 'visitor is' : 'visitors are'} linked.`);
}

/** Forgets what the browser keeps, so that all is fetched once more. */
async function again(): Promise<void> {
  // Where nothing is kept there is nothing to forget.
  await clearStore().catch(() => undefined);
  location.reload();
}

function complain(text: string): void {
  const trouble = element('trouble', HTMLElement);
  trouble.textContent = text;
  trouble.hidden = false;
}

begin().catch((error: unknown) => { complain(error instanceof Error ? error.message : String(error)); });
