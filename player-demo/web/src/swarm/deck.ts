// Draws the swarm by deck.gl. A chunk of its own: the page is there without it.

import { Deck, OrthographicView, type Layer } from '@deck.gl/core';
import { PathLayer, ScatterplotLayer } from '@deck.gl/layers';
import { along, type Point } from './layout.js';
import type { Canvas, Curve, Scene } from './scene.js';

type Colour = [number, number, number, number];
type Flow = Scene['flows'][number];

const RADIUS = 9;
/** Points that stand for a curve. */
const STEPS = 28;
/** Dots on their way along a flow, and how long one takes, in milliseconds. */
const DOTS = 4;
const TRIP_MS = 1_800;
/** The shortest time between two pictures while something moves, in milliseconds. */
const FRAME_MS = 33;
/** A scene that is not told anew for so long is out of view, in milliseconds. */
const REST_MS = 2_500;

export class DeckCanvas implements Canvas {
  readonly #deck: Deck<OrthographicView>;
  readonly #colours: Colours;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #scene: Scene | undefined;
  #frame: number | undefined;
  #drawnAt = 0;
  #toldAt = 0;

  /** `onFailure` is called where WebGL gives up. */
  constructor(parent: HTMLElement, onFailure: () => void) {
    this.#colours = new Colours(parent);
    this.#deck = new Deck({
      parent: parent as HTMLDivElement,
      views: new OrthographicView({ flipY: true }),
      viewState: { target: [0, 0, 0], zoom: 0 },
      controller: false,
      onError: onFailure,
      onLoad: () => this.#leaveFocusAlone(),
    });
  }

  draw(scene: Scene): void {
    this.#scene = scene;
    this.#toldAt = performance.now();
    this.#colours.refresh();
    const { width, height } = scene;
    this.#deck.setProps({ width, height, viewState: { target: [width / 2, height / 2, 0], zoom: 0 } });
    this.#render(performance.now());
    this.#frame ??= requestAnimationFrame((now) => this.#animate(now));
  }

  destroy(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#deck.finalize();
  }

  /** There is nothing to do in the picture: its words are its parent's. */
  #leaveFocusAlone(): void {
    const canvas = this.#deck.getCanvas();
    if (canvas === null) return;
    canvas.tabIndex = -1;
    canvas.setAttribute('aria-hidden', 'true');
  }

  #animate(now: number): void {
    this.#frame = undefined;
    const isOld = now - this.#toldAt > REST_MS;
    if (this.#scene === undefined || this.#scene.flows.length === 0 || isOld || this.#still.matches) return;
    if (now - this.#drawnAt >= FRAME_MS) this.#render(now);
    this.#frame = requestAnimationFrame((next) => this.#animate(next));
  }

  #render(now: number): void {
    if (this.#scene === undefined) return;
    this.#drawnAt = now;
    this.#deck.setProps({ layers: this.#layers(this.#scene, now) });
  }

  #layers({ nodes, links, flows }: Scene, now: number): Layer[] {
    const colour = (name: string, alpha?: number) => this.#colours.of(name, alpha);
    const dots = flows.flatMap((flow) => dotsOf(flow, this.#still.matches ? 0 : now).map((at) => ({ at, flow })));
    const pixels = { widthUnits: 'pixels', radiusUnits: 'pixels', lineWidthUnits: 'pixels' } as const;
    return [
      new PathLayer<Curve>({ id: 'links', data: links, getPath: pathOf, getColor: colour('edge'), getWidth: 1, ...pixels }),
      new PathLayer<Flow>({
        id: 'trails', data: flows, getPath: pathOf, getColor: ({ source }) => colour(source, 90),
        getWidth: ({ thickness }) => thickness, capRounded: true, ...pixels,
      }),
      new ScatterplotLayer<(typeof dots)[number]>({
        id: 'dots', data: dots, getPosition: ({ at }) => [at.x, at.y], getFillColor: ({ flow }) => colour(flow.source),
        getRadius: ({ flow }) => 1.5 + flow.thickness / 2, ...pixels,
      }),
      new ScatterplotLayer<Scene['nodes'][number]>({
        id: 'nodes', data: nodes, getPosition: ({ at }) => [at.x, at.y], getRadius: RADIUS, stroked: true,
        getFillColor: ({ kind }) => colour(toneOf(kind)), getLineWidth: ({ poisoned }) => (poisoned ? 4 : 2),
        getLineColor: ({ poisoned }) => colour(poisoned ? 'grave' : 'card'), ...pixels,
      }),
    ];
  }
}

/** The page's colours, which change with its scheme. */
class Colours {
  readonly #parent: HTMLElement;
  readonly #known = new Map<string, Colour>();

  constructor(parent: HTMLElement) {
    this.#parent = parent;
  }

  refresh(): void {
    this.#known.clear();
  }

  of(name: string, alpha = 255): Colour {
    const known = this.#known.get(name) ?? this.#read(name);
    return [known[0], known[1], known[2], alpha];
  }

  #read(name: string): Colour {
    // #rgb or #rrggbb: all of the page's are written so.
    const digits = getComputedStyle(this.#parent).getPropertyValue(`--${name}`).trim().slice(1);
    const number = Number.parseInt(digits.length === 3 ? digits.replace(/./g, '$&$&') : digits, 16);
    const colour: Colour = [number >> 16, (number >> 8) & 255, number & 255, 255];
    this.#known.set(name, colour);
    return colour;
  }
}

function pathOf({ from, control, to }: Curve): [number, number][] {
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const { x, y } = along(from, control, to, step / STEPS);
    return [x, y];
  });
}

function dotsOf({ from, control, to }: Curve, now: number): Point[] {
  return Array.from({ length: DOTS }, (_, dot) => along(from, control, to, (now / TRIP_MS + dot / DOTS) % 1));
}

function toneOf(kind: Scene['nodes'][number]['kind']): string {
  if (kind === 'viewer' || kind === 'page') return 'peer';
  return kind === 'self' ? 'ink' : kind;
}
