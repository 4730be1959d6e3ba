// The parts of the installed dash.js that load segments and compute throughput, taken out of it for tests: its
// HTTPLoader, metrics and ThroughputController, with our loaders plugged in as a player would have them.

import type { TestContext } from 'node:test';
import type { Cancels } from '../dashjs/abort.js';
import { loaderExtension } from '../dashjs/loader.js';
import type { FragmentRequest } from '../dashjs/loading.js';
import type { PlayerSettings } from '../dashjs/player.js';
import type { Session } from '../page/session.js';

/** The few members of dash.js's internals that are used here; its own types leave them out. */
interface Internals {
  MediaPlayer(): { create(): object };
  FactoryMaker: {
    extend(name: string, extension: object, override: boolean, context: object): void;
    getClassFactoryByName(name: string): (context: object) => { create(config: object): unknown };
    getSingletonFactoryByName(name: string): (context: object) => { getInstance(config?: object): unknown };
  };
}

interface Settings {
  get(): PlayerSettings;
  update(settings: object): void;
}

interface ThroughputController {
  setConfig(config: object): void;
  initialize(): void;
  getAverageThroughput(mediaType: string, mode?: string | null): number;
  reset(): void;
}

interface EventBus {
  on(type: string, listener: (event: { throughputValues: { value: number } }) => void, scope: object): void;
}

interface HttpLoader {
  setConfig(config: object): void;
  load(config: { request: object; success: (data: unknown) => void; error: () => void; abort: () => void }): void;
}

/** Loads, and what dash.js has learnt of them, in kbit/s; NaN before the first sample. */
export interface Dash {
  /** Loads a segment as dash.js would. */
  load(request?: Partial<FragmentRequest> & Record<string, unknown>): Promise<unknown>;
  /** Aborts what is loading. */
  abort(): void;
  averageKbps(mediaType?: string, mode?: string): number;
  /** The latest sample. */
  last(mediaType?: string): number | undefined;
}

/** A dash.js without a player, a page or a network, whose segments are answered by `session`. */
export async function startDash(t: TestContext, session: Session, streaming: object = {}): Promise<Dash> {
  const { FactoryMaker, MediaPlayer } = await internals();
  // The first player completes the list of events.
  MediaPlayer().create();
  const context = {};
  const singleton = <T>(name: string, config?: object) =>
    FactoryMaker.getSingletonFactoryByName(name)(context).getInstance(config) as T;
  const settings = singleton<Settings>('Settings');
  settings.update({ streaming });
  const cancels: Cancels = new Map();
  for (const name of ['XHRLoader', 'FetchLoader']) {
    FactoryMaker.extend(name, loaderExtension(session, cancels, () => settings.get(), Date.now), true, context);
  }
  const throughput = singleton<ThroughputController>('ThroughputController');
  throughput.setConfig({ settings, playbackController: { getIsDynamic: () => false } });
  throughput.initialize();
  t.after(() => throughput.reset());
  const samples = new Map<string, number>();
  let loading = 'video';
  singleton<EventBus>('EventBus').on('throughputMeasurementStored',
    ({ throughputValues }) => samples.set(loading, throughputValues.value), context);
  const http = FactoryMaker.getClassFactoryByName('HTTPLoader')(context).create({
    errHandler: { error: () => undefined },
    dashMetrics: singleton('DashMetrics', { settings }),
    mediaPlayerModel: { getRetryAttemptsForType: () => 0, getRetryIntervalsForType: () => 1 },
    errors: {},
  }) as HttpLoader;
  http.setConfig({
    commonAccessTokenController: { processResponseHeaders: () => undefined, getCommonAccessTokenForUrl: () => null },
    extUrlQueryInfoController: { getFinalQueryString: () => null },
  });
  const load: Dash['load'] = (request) => {
    loading = request?.mediaType ?? 'video';
    return new Promise((success, fail) => http.load({
      request: {
        url: 'https://cdn.example/v/1.m4s', type: 'MediaSegment', mediaType: 'video', responseType: 'arraybuffer',
        startTime: 0, retryAttempts: 0, representation: { id: 'v720' }, ...request,
      },
      success, error: () => fail(new Error('failed')), abort: () => fail(new Error('aborted')),
    }));
  };
  return {
    load,
    abort: () => { for (const cancel of cancels.values()) cancel(); },
    last: (mediaType = 'video') => samples.get(mediaType),
    averageKbps: (mediaType = 'video', mode) => throughput.getAverageThroughput(mediaType, mode ?? null),
  };
}

/** dash.js reads a few things of a page while it is loaded, and needs none of them here. */
async function internals(): Promise<Internals> {
  const page = {
    window: globalThis, navigator: { userAgent: 'node' }, HTMLElement: class {}, getComputedStyle: () => ({}),
    document: { baseURI: 'https://page.example/', documentElement: {}, createElement: () => ({ style: {} }) },
  };
  for (const [name, value] of Object.entries(page)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const dashjs = (await import('dashjs')) as unknown as { default: Internals };
  return dashjs.default;
}
