// The picture of the swarm in pixels: what both ways to draw it are given.

import type { Source } from 'fugitive-dashjs';
import { bend, place, type Point } from './layout.js';
import type { Flow, NodeKind, Picture } from './model.js';

export interface Curve {
  from: Point;
  control: Point;
  to: Point;
}

export interface Scene {
  width: number;
  height: number;
  nodes: { id: string; kind: NodeKind; poisoned: boolean; label: string; at: Point }[];
  links: Curve[];
  flows: (Curve & { source: Source; thickness: number })[];
}

/** A way to draw scenes. */
export interface Canvas {
  /** Draws a scene, and lets it move for a while: it is drawn anew once a second while it is seen. */
  draw(scene: Scene): void;
  destroy(): void;
}

/** Thickness of a flow in pixels: of some kB per second, and of a MB per second and more. */
const THIN = 1.5;
const THICK = 7;
/** Bytes per second of the thickest. */
const FULL = 1_000_000;

export function sceneOf({ nodes, links, flows }: Picture, width: number, height: number): Scene {
  const places = place(nodes, width, height);
  const middle = { x: width / 2, y: height / 2 };
  const curve = (from: string, to: string): Curve | undefined => {
    const [start, end] = [places.get(from), places.get(to)];
    return start === undefined || end === undefined ? undefined : { from: start, to: end, control: bend(start, end, middle) };
  };
  return {
    width,
    height,
    nodes: nodes.flatMap((node) => {
      const at = places.get(node.id);
      return at === undefined ? [] : [{ ...node, at }];
    }),
    links: links.flatMap(({ one, other }) => curve(one, other) ?? []),
    flows: flows.flatMap((flow) => {
      const found = curve(flow.from, flow.to);
      return found === undefined ? [] : [{ ...found, source: flow.source, thickness: thicknessOf(flow) }];
    }),
  };
}

function thicknessOf({ bytesPerSecond }: Flow): number {
  return THIN + (THICK - THIN) * Math.sqrt(Math.min(1, bytesPerSecond / FULL));
}
