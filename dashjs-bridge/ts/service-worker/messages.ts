// What a page and the site's service worker say to each other. The worker has no WebRTC: a page gets files for it.

/** Marks the messages of ours among the app's own. */
export const MARK = 'fugitive-files';

/** From a worker that has just started, to every page: who has offered files offers them again. */
export interface Call { fugitive: typeof MARK }

/** From a page, with a port for the questions: it gets these URLs. */
export interface Offer extends Call { urls: string[] }

/** What the worker asks over that port; `integrity` as the tag has it. */
export interface Question { id: number; url: string; integrity: string }

/** All that the worker says there: first that it has heard the offer. */
export type ToProvider = { heard: true } | Question;

/**
 * From the page over that port: at once that it has heard the question, and then the file, unless it is not to be had. Or, as it
 * goes, that it answers no more.
 */
export type Reply =
  | { id: number; heard: true }
  | { id: number; file?: { bytes: ArrayBuffer; type: string } }
  | { gone: true };

/** Whether a message is one of ours. */
export function isOurs(data: unknown): data is Call {
  return typeof data === 'object' && data !== null && (data as Partial<Call>).fugitive === MARK;
}
