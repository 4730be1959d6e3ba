// The entry for what is kept beyond the page: an app may have it forgotten, whether or not anything plays.

import { BODIES, ENTRIES, finished, given, NEWS, openDatabase, type Name, type News } from './worker/database.js';

/**
 * Forgets all segments and digests of all titles that this site's pages have kept in the browser. Pages that play go on, and
 * keep what they play from then on; those of them that are to keep nothing have option `store: false`. The digests that such a
 * page has already are not written again while its title plays: segments that they are for are played from here at a later visit
 * once a peer has told them anew.
 *
 * Rejects where the browser keeps nothing for this page, so that there is nothing to forget.
 */
export async function clearStore(): Promise<void> {
  const database = await openDatabase();
  const change = database.transaction([ENTRIES, BODIES], 'readwrite');
  const done = finished(change);
  const names = await given(change.objectStore(ENTRIES).getAllKeys());
  change.objectStore(ENTRIES).clear();
  change.objectStore(BODIES).clear();
  await done;
  database.close();
  const news = new BroadcastChannel(NEWS);
  news.postMessage({ gone: names.filter((name): name is Name & IDBValidKey => Array.isArray(name)) } satisfies News);
  news.close();
}
