// What the page can tell of its device: battery, network, whether anybody looks, and what kind it is. It gathers facts;
// what follows from them is the engine's policy. A browser that does not tell is taken for a desktop at a desk.

import type { Allowance, DeviceState, NetworkKind } from '../core.js';

/** The few members of the browser that are used here; most browsers lack some. */
export interface DeviceSources {
  navigator: {
    userAgent: string;
    userAgentData?: { mobile: boolean };
    getBattery?: () => Promise<BatterySource>;
    connection?: ConnectionSource;
  };
  document: Pick<EventTarget, 'addEventListener'> & {
    visibilityState: string;
    pictureInPictureElement?: unknown;
  };
  matchMedia?: (query: string) => { matches: boolean };
}

/** A `BatteryManager`. Not in the DOM's types: two of three engines have taken it out. */
export interface BatterySource extends Pick<EventTarget, 'addEventListener'> {
  charging: boolean;
  level: number;
}

/** A `NetworkInformation`. Not in the DOM's types: one engine has it. */
export interface ConnectionSource extends Pick<EventTarget, 'addEventListener'> {
  type?: string;
  saveData?: boolean;
}

const NETWORKS: readonly NetworkKind[] = ['wifi', 'ethernet', 'cellular', 'unknown'];
/** Browsers of televisions: some of their remotes are coarse pointers, and none of them has a battery. */
const TELEVISION = /\b(?:TV|SmartTV|Tizen|Web0S|CrKey)\b|BRAVIA|AFT[A-Z]/;

export class DeviceWatch {
  readonly #sources: DeviceSources;
  #consent: Allowance;
  readonly #tell: (state: DeviceState) => void;
  readonly #events = new AbortController();
  #battery: BatterySource | undefined;
  #told = '';

  /** Tells what is known now and whenever it changes, from the next turn on. */
  constructor(
    consent: Allowance, tell: (state: DeviceState) => void, sources: DeviceSources = globalThis as unknown as DeviceSources,
  ) {
    this.#consent = consent;
    this.#sources = sources;
    this.#tell = tell;
    this.#watch(sources.document, ['visibilitychange', 'enterpictureinpicture', 'leavepictureinpicture']);
    this.#watch(sources.navigator.connection, ['change']);
    void this.#findBattery();
    queueMicrotask(() => this.#look());
  }

  /** The viewer's answer on uploads, which is told with the device. */
  allowUploads(answer: Allowance): void {
    this.#consent = answer;
    this.#look();
  }

  stop(): void {
    this.#events.abort();
  }

  async #findBattery(): Promise<void> {
    // Refused in frames that may not have it, and on pages that are not served over https.
    this.#battery = await this.#sources.navigator.getBattery?.().catch(() => undefined);
    this.#watch(this.#battery, ['levelchange', 'chargingchange']);
    this.#look();
  }

  #watch(target: Pick<EventTarget, 'addEventListener'> | undefined, types: string[]): void {
    const { signal } = this.#events;
    for (const type of types) target?.addEventListener(type, () => this.#look(), { signal });
  }

  #look(): void {
    if (this.#events.signal.aborted) return;
    const state = { ...deviceState(this.#sources, this.#battery), consent: this.#consent };
    const text = JSON.stringify(state);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(state);
  }
}

function deviceState(sources: DeviceSources, battery: BatterySource | undefined): Omit<DeviceState, 'consent'> {
  const { navigator: { connection }, document } = sources;
  const seen = document.visibilityState !== 'hidden' || Boolean(document.pictureInPictureElement);
  const type = connection?.type;
  return {
    ...(battery !== undefined && {
      battery: { levelPercent: Math.round(100 * battery.level), charging: battery.charging ? 'yes' : 'no' },
    }),
    ...(type !== undefined && { network: NETWORKS.find((kind) => kind === type) ?? 'other' }),
    metered: connection?.saveData === true ? 'yes' : 'no',
    visibility: seen ? 'visible' : 'hidden',
    class: isMobile(sources) ? 'mobile' : 'desktop',
  };
}

/** A phone says so; a tablet has a finger and nothing finer. */
export function isMobile(sources = globalThis as unknown as DeviceSources): boolean {
  const { navigator: { userAgent, userAgentData }, matchMedia } = sources;
  if (userAgentData?.mobile === true) return true;
  if (TELEVISION.test(userAgent) || matchMedia === undefined) return false;
  return matchMedia('(pointer: coarse)').matches && !matchMedia('(any-pointer: fine)').matches;
}
