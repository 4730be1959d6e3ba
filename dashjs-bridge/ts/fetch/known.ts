// Which file a request means: one of the list, or one that its digest names.

import { digestsAt } from './attributes.js';
import { sha224sIn, type Integrity } from './integrity.js';
import type { FileList, ListedFile } from './list.js';
import { typeOf } from './types.js';

/** What is read of a request. */
export type Asked = Pick<Request, 'url' | 'integrity'>;

/** A file that no list knows, by its SHA-224 in hexadecimal digits. `type`: as its name tells. */
export interface NamedFile { url: string; sha224: string; type: string }

/**
 * The listed file that a request means: of the digests that it gives, whatever stronger ones beside them say of its bytes; at its
 * URL; or of the digests that an element of the page gives.
 */
export function listed(
  { url, integrity: given }: Asked, integrity: Integrity | undefined, list: FileList | undefined,
): ListedFile | undefined {
  const alike = list?.like(sha224sIn(given));
  if (alike !== undefined || integrity?.algorithm === 'sha224') return alike;
  return list?.at(url) ?? list?.like(digestsAt(url, document));
}

/** The file that a request, or an element of the page, gives the digest of; undefined where they give several. */
export function named({ url, integrity }: Asked): NamedFile | undefined {
  const given = sha224sIn(integrity);
  const [sha224, ...others] = new Set(given.length > 0 ? given : digestsAt(url, document));
  if (sha224?.length !== 56 || others.length > 0) return undefined;
  return { url: url.replace(/#.*$/, ''), sha224, type: typeOf(url) };
}
