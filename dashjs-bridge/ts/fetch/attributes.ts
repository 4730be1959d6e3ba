// Digests that a page's elements give of what they load: `integrity`, and `data-integrity` where HTML knows no such
// attribute, as on images.

import { sha224sIn } from './integrity.js';

const MARKED = ':is([integrity*="sha224-"], [data-integrity*="sha224-"]):is([src], [href])';

/** What is looked through: a document. */
export type Markup = Pick<ParentNode, 'querySelectorAll'> & { readonly baseURI: string };

/** The SHA-224 digests that elements give of what is at a URL, in hexadecimal digits. */
export function digestsAt(url: string, markup: Markup): string[] {
  const of = (element: Element): string[] => {
    const address = element.getAttribute('src') ?? element.getAttribute('href') ?? '';
    if (!URL.canParse(address, markup.baseURI) || new URL(address, markup.baseURI).href !== url) return [];
    return sha224sIn(`${element.getAttribute('integrity') ?? ''} ${element.getAttribute('data-integrity') ?? ''}`);
  };
  return [...markup.querySelectorAll(MARKED)].flatMap(of);
}
