// The picture of the swarm on the page: names as text, lines and dots by deck.gl once that is loaded and there is WebGL,
// else as SVG. It is loaded when the picture comes into view, and rests while it is out of view.

import { element, setText } from '../page.js';
import type { Graph } from '../settings.js';
import { pictureText, type Picture } from './model.js';
import { sceneOf, type Canvas, type Scene } from './scene.js';
import { SvgCanvas } from './svg.js';

/** With less of the picture's width for each member, in pixels, viewers are numbers: their names would lie on each other. */
const ROOM = 56;

export class SwarmView {
  readonly #root = element('swarm', HTMLElement);
  readonly #note = element('swarm-note', HTMLElement);
  readonly #labels = new Map<string, HTMLElement>();
  #canvas: Canvas | undefined;
  #picture: Picture | undefined;
  #isSeen = false;
  #isOpen = false;

  constructor(graph: Graph) {
    new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1)?.isIntersecting === true;
      if (!this.#isSeen) return;
      if (!this.#isOpen) void this.#open(graph);
      this.#isOpen = true;
      this.#draw();
    }).observe(this.#root);
    new ResizeObserver(() => this.#draw()).observe(this.#root);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  show(picture: Picture): void {
    this.#picture = picture;
    this.#root.setAttribute('aria-label', pictureText(picture));
    this.#draw();
  }

  async #open(graph: Graph): Promise<void> {
    if (graph === 'svg' || (graph === 'auto' && !hasFastWebGl())) {
      this.#fall(graph === 'svg' ? '' : 'Drawn as SVG: this browser offers no WebGL, or only in software.');
      return;
    }
    try {
      const { DeckCanvas } = await import('./deck.js');
      this.#canvas = new DeckCanvas(this.#root, () => this.#fall('Drawn as SVG: WebGL has failed.'));
      this.#draw();
    } catch {
      this.#fall('Drawn as SVG: deck.gl could not be loaded.');
    }
  }

  #fall(why: string): void {
    if (this.#canvas instanceof SvgCanvas) return;
    this.#canvas?.destroy();
    this.#canvas = new SvgCanvas(this.#root);
    setText(this.#note, why);
    this.#draw();
  }

  #draw(): void {
    const { clientWidth, clientHeight } = this.#root;
    if (!this.#isSeen || this.#canvas === undefined || this.#picture === undefined || clientWidth === 0) return;
    const scene = sceneOf(this.#picture, clientWidth, clientHeight);
    this.#canvas.draw(scene);
    this.#name(scene);
  }

  #name({ nodes, width, height }: Scene): void {
    const isTight = width / nodes.length < ROOM;
    for (const { id, label: full, poisoned, at } of nodes) {
      const name = this.#labels.get(id) ?? this.#newLabel(id);
      const label = isTight ? full.replace(/^(Viewer|Page) /, '') : full;
      setText(name, poisoned ? `${label}, poisoned` : label);
      name.classList.toggle('poisoned', poisoned);
      name.classList.toggle('above', at.y < height / 2);
      name.style.left = `${at.x}px`;
      name.style.top = `${at.y}px`;
    }
    for (const [id, name] of this.#labels) {
      if (nodes.some((node) => node.id === id)) continue;
      name.remove();
      this.#labels.delete(id);
    }
  }

  #newLabel(id: string): HTMLElement {
    const name = document.createElement('span');
    name.setAttribute('aria-hidden', 'true');
    this.#root.append(name);
    this.#labels.set(id, name);
    return name;
  }
}

function hasFastWebGl(): boolean {
  const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}
