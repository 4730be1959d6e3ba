// What the script-tag builds have in common: the page's global, and the Worker's script beside their own, which may be of
// another origin than the page. Read while the script runs, for later on the document does not know it.

import { FugitiveAttachError, FugitiveOptionError } from '../errors.js';
import type { FugitiveOptions } from '../options.js';

/** Absent where the build was put into another script, or between its tags. */
const own = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';

/** The options, with the Worker's script found. */
export function beside(options: FugitiveOptions): FugitiveOptions {
  return { ...options, workerUrl: options.workerUrl ?? new URL('./worker.js', own || document.baseURI) };
}

/** Adds a player to `window.fugitive`: what the package's module for it exports. No `var`, so that it is in nobody's way. */
export function expose(player: 'dashjs' | 'hlsjs' | 'shaka', attachFugitive: (...options: never[]) => unknown): void {
  const page = globalThis as { fugitive?: object };
  page.fugitive = { ...page.fugitive, [player]: { attachFugitive, FugitiveAttachError, FugitiveOptionError } };
}
