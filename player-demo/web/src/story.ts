// What goes on over time and between members: feeds the plots and the picture of the swarm, once a second.

import type { FugitiveEvent } from 'fugitive-dashjs';
import type { Charts } from './charts.js';
import type { Member } from './control.js';
import type { Figures, Rival } from './figures.js';
import { History } from './history.js';
import { element, setText } from './page.js';
import type { Graph } from './settings.js';
import { SwarmModel } from './swarm/model.js';
import { SwarmView } from './swarm/view.js';

const PERIOD_MS = 1_000;

export class Story {
  readonly #history = new History();
  readonly #model = new SwarmModel();
  readonly #view: SwarmView;
  #charts: Charts | undefined;

  /** `rival`: whether there is a second player to be drawn. */
  constructor(rival: 'drawn' | 'absent', graph: Graph) {
    this.#view = new SwarmView(graph);
    void this.#load(rival);
  }

  tell(event: FugitiveEvent): void {
    this.#model.hear(event);
  }

  /** Whether a peer is a seeder. */
  isSeeder(peer: string): boolean {
    return this.#model.isSeeder(peer);
  }

  /** What the picture of the swarm calls a peer. */
  labelOf(peer: string): string {
    return this.#model.labelOf(peer);
  }

  /** Takes in what the server tells of its members of this swarm. */
  see(members: readonly Member[]): void {
    this.#model.see(members);
  }

  /** Begins to look at the figures. */
  start(look: () => { own: Figures; rival: Rival | undefined }): void {
    setInterval(() => {
      const { own, rival } = look();
      const { received, plain } = own.stats;
      const origin = received.origin + plain.bytes;
      this.#history.add({ ...received, origin }, {
        at: performance.now() / 1_000,
        bufferS: own.bufferS,
        bitrate: own.bitrate,
        rivalBufferS: rival?.bufferS,
        rivalBitrate: rival?.bitrate,
      });
      this.#charts?.show(this.#history.samples);
      this.#model.fromOrigin(origin);
      this.#view.show(this.#model.picture());
    }, PERIOD_MS);
  }

  async #load(rival: 'drawn' | 'absent'): Promise<void> {
    const root = element('charts', HTMLElement);
    try {
      const { Charts } = await import('./charts.js');
      this.#charts = new Charts(root, rival);
    } catch {
      setText(root, 'The plots could not be loaded.');
    }
  }
}
