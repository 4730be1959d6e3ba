/**
 * Forgets all segments and digests of all titles that this site's pages have kept in the browser. Pages that play go on, and
 * keep what they play from then on; those of them that are to keep nothing have option `store: false`. The digests that such a
 * page has already are not written again while its title plays: segments that they are for are played from here at a later visit
 * once a peer has told them anew.
 *
 * Rejects where the browser keeps nothing for this page, so that there is nothing to forget.
 */
export declare function clearStore(): Promise<void>;
