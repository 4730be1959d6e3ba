// What the page of files names in tags, as a page without a service worker has it in its text.

import { element } from '../page.js';

/** Pictures, below the list's folder. */
const PICTURES: readonly { file: string; text: string }[] = [
  { file: 'pictures/mandelbrot.png', text: 'A part of the Mandelbrot set' },
  { file: 'pictures/gradient.jpg', text: 'A gradient of three colours' },
  { file: 'pictures/carpet.webp', text: 'A Sierpinski carpet' },
  { file: 'pictures/life.gif', text: 'Conway\'s game of life, moving' },
  { file: 'pictures/shapes.svg', text: 'Three viewers and three seeders, linked' },
];

/** Adds the tags of files below `folder`: the stylesheet, which names the font, then the pictures, then the script. */
export function insertTags(folder: string): void {
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${folder}look.css` });
  document.head.append(sheet);
  const list = element('pictures', HTMLElement);
  for (const { file, text } of PICTURES) {
    const item = document.createElement('li');
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    const name = document.createElement('span');
    name.textContent = file.replace(/^.*\//, '');
    caption.append(name, sourceMark(file));
    figure.append(Object.assign(new Image(), { src: `${folder}${file}`, alt: text }), caption);
    item.append(figure);
    list.append(item);
  }
  document.body.append(Object.assign(document.createElement('script'), { src: `${folder}count.js` }));
}

/** Where a file's source is told, once it is known. */
function sourceMark(file: string): HTMLElement {
  const mark = document.createElement('span');
  mark.className = 'source';
  mark.dataset['file'] = file;
  return mark;
}
