// Which requests peers may answer: those for which any server of the file would send all of it, whoever asks.

/** Headers that change nothing of a file. */
const INDIFFERENT = ['accept', 'accept-language', 'content-language'];
/** Modes of the HTTP cache in which a file need not be asked of the server. */
export const CACHES: readonly RequestCache[] = ['default', 'force-cache'];

/** Whether a request is for the file alone. All others are the browser's own. */
export function isPlain(request: Request, page: string): boolean {
  const { url, method, cache, mode, credentials, redirect, keepalive, headers } = request;
  // What is in the page itself, `blob:` and `data:`, is nobody else's to give.
  if (!url.startsWith('http')) return false;
  if (method !== 'GET' || redirect !== 'follow' || keepalive || !CACHES.includes(cache)) return false;
  if ([...headers.keys()].some((name) => !INDIFFERENT.includes(name))) return false;
  return isOwn(request, page) || (mode === 'cors' && credentials !== 'include');
}

/** Whether a request stays at the page's origin. */
export function isOwn(request: Request, page: string): boolean {
  return new URL(request.url).origin === new URL(page).origin;
}
