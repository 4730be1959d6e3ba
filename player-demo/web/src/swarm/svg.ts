// Draws the swarm as SVG: where the browser offers no WebGL, or deck.gl cannot be loaded.

import type { Canvas, Curve, Scene } from './scene.js';

const NAMESPACE = 'http://www.w3.org/2000/svg';
const RADIUS = 9;

export class SvgCanvas implements Canvas {
  readonly #root = make('svg', { 'aria-hidden': 'true' });

  constructor(parent: HTMLElement) {
    parent.append(this.#root);
  }

  draw({ width, height, nodes, links, flows }: Scene): void {
    this.#root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#root.replaceChildren(
      ...links.map((link) => make('path', { d: pathOf(link), class: 'link' })),
      ...flows.map((flow) => make('path', { d: pathOf(flow), class: `trail ${flow.source}`, 'stroke-width': String(flow.thickness) })),
      ...flows.map((flow) => make('path', { d: pathOf(flow), class: `flow ${flow.source}`, 'stroke-width': String(flow.thickness + 1.5) })),
      ...nodes.map(({ kind, poisoned, at }) => make('circle', {
        cx: String(at.x), cy: String(at.y), r: String(RADIUS), class: `node ${kind}${poisoned ? ' poisoned' : ''}`,
      })),
    );
  }

  destroy(): void {
    this.#root.remove();
  }
}

function pathOf({ from, control, to }: Curve): string {
  return `M${from.x} ${from.y}Q${control.x} ${control.y} ${to.x} ${to.y}`;
}

function make(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
