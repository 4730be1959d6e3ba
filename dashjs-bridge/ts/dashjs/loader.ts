// dash.js 5's XHRLoader and FetchLoader, with segments answered by the engine. Everything else, and whatever the
// engine declines, goes to dash.js's own load. Invariant: `onloadend` or `onabort` comes once, never a failure
// that dash.js's own HTTP would not have had.

import type { Delivered, Wish, WishOrReason } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { absolute } from '../page/url.js';
import type { Cancels } from './abort.js';
import type { ExtensionScope, Loader, LoadRequest, LoadResponse } from './loading.js';
import type { PlayerSettings } from './player.js';
import { isManifest, isSegment, MSS_INFO, sizeOf, wishOf } from './request.js';
import { forgetThroughput, reportThroughput, shortestMs } from './throughput.js';

/** For `player.extend(name, ..., true)`. */
export function loaderExtension(session: Session, cancels: Cancels, settings: () => PlayerSettings, now: () => number) {
  return function extension(this: ExtensionScope<Loader>): Loader {
    return new SharedLoader(session, cancels, settings, now, this.parent).members();
  };
}

class SharedLoader {
  readonly #session: Session;
  readonly #cancels: Cancels;
  readonly #settings: () => PlayerSettings;
  readonly #now: () => number;
  readonly #own: Loader;
  readonly #waiting = new Map<LoadRequest, () => void>();

  /** `parent`'s members are replaced later on by ours: its own are kept here first. */
  constructor(session: Session, cancels: Cancels, settings: () => PlayerSettings, now: () => number, parent: Loader) {
    this.#session = session;
    this.#cancels = cancels;
    this.#settings = settings;
    this.#now = now;
    this.#own = { ...parent };
  }

  members(): Loader {
    return {
      load: (request, response) => this.#load(request, response),
      abort: (request) => this.#abort(request),
      reset: () => {
        this.#forgetAll();
        this.#own.reset?.();
      },
      resetInitialSettings: () => {
        this.#forgetAll();
        this.#own.resetInitialSettings?.();
      },
    };
  }

  #load(load: LoadRequest, response: LoadResponse): unknown {
    if (isManifest(load.customData.request)) return this.#loadManifest(load, response);
    const wish = wishOf(load, document.baseURI, this.#now());
    if (!this.#session.asks(wish)) return this.#loadPlainly(load, response, wish);
    this.#ask(load, response, wish);
    return true;
  }

  #ask(load: LoadRequest, response: LoadResponse, wish: Wish): void {
    const { customData } = load;
    const begun = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The engine has as long as dash.js would give its own request; then that request is made after all.
    const cancel = this.#session.demand(wish, load.timeout, (answer) => {
      const settle = () => {
        if (!forget()) return;
        if (answer.type === 'declined') this.#loadPlainly(load, response, wish);
        else deliver(answer, load, response);
      };
      const restMs = answer.type === 'declined' ? 0 : begun + this.#shortestMs(load, answer) - performance.now();
      if (restMs <= 0) settle();
      else timer = setTimeout(settle, Math.ceil(restMs) + 1);
    });
    const forget = (): boolean => {
      clearTimeout(timer);
      this.#cancels.delete(customData.request);
      return this.#waiting.delete(load);
    };
    const abort = () => {
      if (!forget()) return;
      cancel();
      customData.onabort?.({});
    };
    this.#waiting.set(load, () => {
      cancel();
      forget();
    });
    customData.abort = abort;
    this.#cancels.set(customData.request, abort);
  }

  /** How long an answer must take at least. What is not to be counted need not wait. */
  #shortestMs(load: LoadRequest, { rate }: Delivered): number {
    return rate === 0 ? 0 : shortestMs(load, this.#settings());
  }

  #loadPlainly(load: LoadRequest, response: LoadResponse, wish: WishOrReason): unknown {
    const { customData } = load;
    const { request } = customData;
    forgetThroughput(load);
    if (isSegment(request)) {
      this.#onEnd(load, () => {
        this.#cancels.delete(request);
        // Without data it broke off.
        if (!isSuccess(response) || !response.data) return;
        this.#session.responded(response.headers);
        this.#session.fetchedPlainly(sizeOf(request, response.data), wish);
      });
    }
    const started = this.#own.load(load, response);
    // What is never aborted needs no way to.
    if (request.type === MSS_INFO) return started;
    this.#cancels.set(request, () => {
      this.#cancels.delete(request);
      // As dash.js has it: else the end would be taken for a failure, and the segment be asked for again.
      customData.onloadend = customData.onprogress = undefined;
      customData.abort?.();
    });
    return started;
  }

  #loadManifest(load: LoadRequest, response: LoadResponse): unknown {
    const url = absolute(load.url, document.baseURI);
    if (url === undefined) return this.#own.load(load, response);
    this.#onEnd(load, () => {
      if (!isSuccess(response) || typeof response.data !== 'string') return;
      this.#session.responded(response.headers);
      this.#session.manifestLoaded({ asked: url, url: response.url || url, text: response.data });
    });
    return this.#own.load(load, response);
  }

  /** Puts `then` before dash.js's own end of a load. */
  #onEnd({ customData }: LoadRequest, then: () => void): void {
    const end = customData.onloadend;
    customData.onloadend = () => {
      then();
      end?.();
    };
  }

  #abort(load?: LoadRequest): void {
    if (load !== undefined && this.#waiting.has(load)) return load.customData.abort?.();
    this.#own.abort(load);
  }

  #forgetAll(): void {
    for (const forget of [...this.#waiting.values()]) forget();
  }
}

function isSuccess({ status = 0 }: LoadResponse): boolean {
  return status >= 200 && status <= 299;
}

function deliver({ bytes, rate }: Delivered, load: LoadRequest, response: LoadResponse): void {
  const { customData } = load;
  const { request } = customData;
  reportThroughput(load, bytes.byteLength, rate);
  response.url = request.url;
  response.status = request.range ? 206 : 200;
  response.statusText = 'OK';
  response.headers = {};
  response.data = bytes;
  customData.onloadend?.();
}
