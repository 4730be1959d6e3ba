// Where things are in the picture of the swarm: members around a circle, this page at the bottom, origin and seeder at
// the top; bytes along curves that bend towards the middle, those of one direction beside those of the other.

import type { SwarmNode } from './model.js';

export interface Point {
  x: number;
  y: number;
}

/** How far nodes stay away from the sides, in pixels: room for their names. Of a narrow picture less, for members beside each other. */
const MARGIN_X = 78;
const MARGIN_PART = 0.15;
const MARGIN_Y = 44;
/** How much a curve bends: towards the middle, and to the right of its direction. */
const INWARDS = 0.35;
const ASIDE = 0.06;

/** Places nodes within a picture of so many pixels. */
export function place(nodes: readonly SwarmNode[], width: number, height: number): Map<string, Point> {
  const of = (...kinds: SwarmNode['kind'][]) => nodes.filter(({ kind }) => kinds.includes(kind));
  const others = of('viewer', 'page').sort((one, other) => one.label.localeCompare(other.label, 'en', { numeric: true }));
  const half = Math.ceil(others.length / 2);
  const round = [...of('self'), ...others.slice(0, half), ...of('seeder'), ...of('origin'), ...others.slice(half)];
  const marginX = Math.min(MARGIN_X, width * MARGIN_PART);
  const step = (2 * Math.PI) / Math.max(1, round.length);
  return new Map(round.map(({ id }, index) => [id, {
    x: width / 2 - (width / 2 - marginX) * Math.sin(index * step),
    y: height / 2 + (height / 2 - MARGIN_Y) * Math.cos(index * step),
  }]));
}

/** The control point of the curve from one place to another, in a picture with this middle. */
export function bend(from: Point, to: Point, middle: Point): Point {
  const half = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return {
    x: half.x + (middle.x - half.x) * INWARDS - (to.y - from.y) * ASIDE,
    y: half.y + (middle.y - half.y) * INWARDS + (to.x - from.x) * ASIDE,
  };
}

/** The point of the curve at `t`, 0 to 1 (quadratic Bézier). */
export function along(from: Point, control: Point, to: Point, t: number): Point {
  const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
  return { x: a * from.x + b * control.x + c * to.x, y: a * from.y + b * control.y + c * to.y };
}
