// What the script-tag builds have in common: the Worker's script lies beside their own, which may be of another origin
// than the page. Read while the script runs, for later on the document does not know it.

import type { FugitiveOptions } from '../options.js';

/** Absent where the build was put into another script, or between its tags. */
const own = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';

/** The options, with the Worker's script found. */
export function beside(options: FugitiveOptions): FugitiveOptions {
  return { ...options, workerUrl: options.workerUrl ?? new URL('./worker.js', own || document.baseURI) };
}
