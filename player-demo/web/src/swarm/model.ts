// The swarm as far as this page knows it: its own links by its events, and those among the demo's seeders and simulated
// viewers by what the server tells. Other pages are seen only where one of these is linked with them.

import type { FugitiveEvent, Source } from 'fugitive-dashjs';
import type { Member } from '../control.js';
import { countText, peerText } from '../format.js';

export type NodeKind = 'self' | 'seeder' | 'viewer' | 'page' | 'origin';

export interface SwarmNode {
  id: string;
  kind: NodeKind;
  label: string;
  poisoned: boolean;
}

/** Two that are linked. */
export interface SwarmLink {
  one: string;
  other: string;
}

/** Bytes on their way, now or within the last seconds. */
export interface Flow {
  from: string;
  to: string;
  /** What the giver is to the taker. */
  source: Source;
  bytesPerSecond: number;
}

export interface Picture {
  nodes: SwarmNode[];
  links: SwarmLink[];
  flows: Flow[];
}

/** The node that stands for this page, and the one for the origin. */
export const SELF = 'self';
export const ORIGIN = 'origin';
/** Part of a rate that is left after a second in which nothing came: segments come in bursts. */
const DECAY = 0.6;
/** Slower than this counts as nothing, in bytes per second. */
const LEAST = 1_500;

interface Meter {
  total: number;
  rate: number;
}

export class SwarmModel {
  readonly #ownNames = new Set<string>();
  /** Seeders that this page was linked with, gone ones as well. */
  readonly #seeders = new Set<string>();
  /** This page's links, and what came over each. */
  readonly #own = new Map<string, number>();
  readonly #meters = new Map<string, Meter>();
  #members: readonly Member[] = [];
  #ownOrigin = 0;

  hear(event: FugitiveEvent): void {
    switch (event.type) {
      case 'signalingJoined': this.#ownNames.add(event.peer); break;
      case 'peerJoined':
        this.#own.set(event.peer, 0);
        if (event.seeder) this.#seeders.add(event.peer);
        break;
      case 'peerLeft': this.#own.delete(event.peer); break;
      case 'engineFailed': this.#own.clear(); break;
      case 'segmentReceived':
        for (const { peer, bytes } of event.peers) {
          const sofar = this.#own.get(peer);
          if (sofar !== undefined) this.#own.set(peer, sofar + bytes);
        }
        break;
      default:
    }
  }

  /** Takes the server's members of this page's swarm in. */
  see(members: readonly Member[]): void {
    this.#members = members;
  }

  /** Counts what this page has had from the origin since its start. */
  fromOrigin(bytes: number): void {
    this.#ownOrigin = bytes;
  }

  /** Whether a peer is a seeder, or was when this page was linked with it. */
  isSeeder(peer: string): boolean {
    return this.#seeders.has(peer);
  }

  /** What the picture calls a peer. */
  labelOf(peer: string): string {
    if (this.isSeeder(peer)) return 'Seeder';
    const ids = this.#names();
    const nodes = this.#nodes((name) => ids.get(name) ?? name);
    const node = nodes.get(ids.get(peer) ?? peer);
    return node === undefined || node.kind === 'page' ? `Page ${peerText(peer)}` : node.label;
  }

  /** The picture as it is now. Call it once a second: rates are from one call to the next. */
  picture(): Picture {
    const ids = this.#names();
    const idOf = (peer: string) => ids.get(peer) ?? peer;
    const nodes = this.#nodes(idOf);
    const links = new Map<string, SwarmLink>();
    const flows: Flow[] = [];
    const seen = new Set<string>();
    const count = (from: string, to: string, source: Source, total: number) => {
      const key = `${from}>${to}`;
      seen.add(key);
      const bytesPerSecond = this.#rate(key, total);
      if (bytesPerSecond >= LEAST) flows.push({ from, to, source, bytesPerSecond });
    };
    const link = (peer: string, to: string, bytes: number) => {
      const from = idOf(peer);
      const [one = from, other = to] = [from, to].sort();
      links.set(`${one}>${other}`, { one, other });
      count(from, to, nodes.get(from)?.kind === 'seeder' ? 'seeder' : 'peer', bytes);
    };
    count(ORIGIN, SELF, 'origin', this.#ownOrigin);
    for (const [peer, bytes] of this.#own) link(peer, SELF, bytes);
    this.#members.forEach((member, place) => {
      const id = idOfMember(member, place);
      if (member.role === 'viewer') count(ORIGIN, id, 'origin', member.delivered.origin);
      for (const { peer, bytes } of member.links) link(peer, id, bytes);
    });
    for (const key of this.#meters.keys()) if (!seen.has(key)) this.#meters.delete(key);
    return { nodes: [...nodes.values()], links: [...links.values()], flows };
  }

  /** Which node each name in the swarm belongs to: a member has another one after signaling was away. */
  #names(): Map<string, string> {
    const ids = new Map<string, string>();
    for (const name of this.#ownNames) ids.set(name, SELF);
    this.#members.forEach((member, place) => {
      for (const name of member.names) ids.set(name, idOfMember(member, place));
    });
    return ids;
  }

  #nodes(idOf: (peer: string) => string): Map<string, SwarmNode> {
    const nodes = new Map<string, SwarmNode>();
    const add = (id: string, kind: NodeKind, label: string, poisoned = false) => {
      if (!nodes.has(id)) nodes.set(id, { id, kind, label, poisoned });
    };
    add(SELF, 'self', 'This page');
    add(ORIGIN, 'origin', 'Origin');
    let viewers = 0;
    this.#members.forEach((member, place) => {
      const label = member.role === 'seeder' ? 'Seeder' : `Viewer ${(viewers += 1)}`;
      add(idOfMember(member, place), member.role, label, member.poisoned);
    });
    for (const peer of this.#own.keys()) {
      const seeder = this.#seeders.has(peer);
      add(idOf(peer), seeder ? 'seeder' : 'page', seeder ? 'Seeder' : `Page ${peerText(peer)}`);
    }
    for (const { links } of this.#members) for (const { peer } of links) add(idOf(peer), 'page', `Page ${peerText(peer)}`);
    return nodes;
  }

  #rate(key: string, total: number): number {
    const meter = this.#meters.get(key);
    if (meter === undefined) {
      // What came before this was looked at is no rate.
      this.#meters.set(key, { total, rate: 0 });
      return 0;
    }
    meter.rate = DECAY * meter.rate + (1 - DECAY) * Math.max(0, total - meter.total);
    meter.total = total;
    return meter.rate;
  }
}

function idOfMember({ names, role }: Member, place: number): string {
  return names[0] ?? `${role} ${place}`;
}

/** The picture in words. */
export function pictureText({ nodes, links, flows }: Picture): string {
  const count = (kind: NodeKind) => nodes.filter((node) => node.kind === kind).length;
  const own = flows.filter(({ to }) => to === SELF);
  const labelOf = (id: string) => nodes.find((node) => node.id === id)?.label ?? id;
  const givers = own.map(({ from }) => labelOf(from));
  return `This page, ${countText(count('seeder'), 'seeder')}, ${countText(count('viewer'), 'simulated viewer')} and `
    + `${countText(count('page'), 'other page')}, with ${countText(links.length, 'link')}. ${givers.length === 0 ? 'Nothing comes to this page now.' : `Now this page gets bytes from: ${givers.join(', ')}.`}`;
}
