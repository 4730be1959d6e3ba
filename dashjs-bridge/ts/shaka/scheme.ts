// Shaka's plug-in for http and https, with segments answered by the engine. Everything else, and whatever the engine
// declines, goes to Shaka's own plug-in. Invariant: a request ends once, and never in a failure that Shaka's own HTTP
// would not have had.

import type { Delivered, Wish, WishOrReason } from '../page/engine.js';
import type { Session } from '../page/session.js';
import { absolute, hasOwnHeaders, rangeOf, SHARED_TYPES } from '../page/url.js';
import type { ShakaContext, ShakaNamespace, ShakaOperation, ShakaPlugin, ShakaRequest, ShakaResponse } from './player.js';
import type { Preloads } from './preloads.js';

/** Whose request it is, and what for. */
export interface Owner {
  session: Session;
  preloads: Preloads;
  context: ShakaContext;
  /** Whether what is asked for may still grow, if Shaka takes it piece by piece. */
  mayGrow: boolean;
}

/** Shaka's category and code of an attempt that took too long. */
const NETWORK = 1;
const TIMEOUT = 1003;

export class SchemePlugin {
  readonly #shaka: ShakaNamespace;
  readonly #owners = new WeakMap<ShakaRequest, Owner>();

  constructor(shaka: ShakaNamespace) {
    this.#shaka = shaka;
  }

  own(request: ShakaRequest, owner: Owner): void {
    this.#owners.set(request, owner);
  }

  /** For `registerScheme`. */
  readonly parse: ShakaPlugin = (uri, request, type, progressUpdated, headersReceived, config) => {
    const { HttpFetchPlugin, HttpXHRPlugin, NetworkingEngine: { RequestType } } = this.#shaka.net;
    const own = (HttpFetchPlugin.isSupported() ? HttpFetchPlugin : HttpXHRPlugin).parse as ShakaPlugin;
    const plainly = (progress = progressUpdated) => own(uri, request, type, progress, headersReceived, config);
    const owner = this.#owners.get(request);
    if (owner === undefined) return plainly();
    if (type === RequestType.MANIFEST) return this.#readAlong(plainly(), uri, owner);
    // What is loaded ahead for another title is of no title yet.
    if (type !== RequestType.SEGMENT || owner.context.isPreload === true) return plainly();
    const wish = wishOf(uri, request, owner);
    const counted = (progress?: unknown) =>
      this.#then(plainly(progress), ({ data }) => owner.session.fetchedPlainly(data.byteLength, wish));
    if (!owner.session.asks(wish)) return counted();
    const { connectionTimeout } = request.retryParameters;
    const timely = () => this.#timely(counted, progressUpdated, connectionTimeout, () => this.#timedOut(uri, type));
    return this.#ask(uri, request, wish, owner.session, { plainly: timely, headersReceived });
  };

  #ask(
    uri: string, request: ShakaRequest, wish: Wish, session: Session,
    { plainly, headersReceived }: { plainly: () => ShakaOperation; headersReceived: (headers: Record<string, string>) => void },
  ): ShakaOperation {
    let abort: () => Promise<unknown> = () => Promise.resolve();
    const { retryParameters } = request;
    // Shaka reads it right after this call, and aborts what has said nothing for so long: the engine says nothing before the
    // segment is whole, and has `timeout`. What follows its no is watched here, and a later attempt may be Shaka's own.
    request.retryParameters = { ...retryParameters, connectionTimeout: 0 };
    queueMicrotask(() => { request.retryParameters = retryParameters; });
    const promise = new Promise<ShakaResponse>((resolve, reject) => {
      const takeBack = session.demand(wish, retryParameters.timeout, (answer) => {
        if (answer.type === 'delivered') {
          headersReceived({});
          return resolve(responseOf(answer, uri, request, wish));
        }
        const own = plainly();
        abort = () => own.abort();
        own.promise.then(resolve, reject);
      });
      abort = () => {
        takeBack();
        reject(this.#aborted());
        return Promise.resolve();
      };
    });
    return this.#operation(promise, () => abort());
  }

  /** Aborts what makes no progress for so long, as Shaka does where it keeps the time. */
  #timely(
    start: (progress: unknown) => ShakaOperation, progressUpdated: unknown, patienceMs: number | undefined, error: () => object,
  ): ShakaOperation {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const operation = start((...progress: unknown[]) => {
      clearTimeout(timer);
      (progressUpdated as (...progress: unknown[]) => void)(...progress);
    });
    const promise = new Promise<ShakaResponse>((resolve, reject) => {
      timer = patienceMs ? setTimeout(() => {
        reject(error());
        void operation.abort();
      }, patienceMs) : undefined;
      operation.promise.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
    return this.#operation(promise, () => operation.abort());
  }

  /** The engine gets each manifest and playlist before Shaka reads it. */
  #readAlong(operation: ShakaOperation, uri: string, { session, preloads, context }: Owner): ShakaOperation {
    const { MPD, MASTER_PLAYLIST, MEDIA_PLAYLIST } = this.#shaka.net.NetworkingEngine.AdvancedRequestType;
    if (context.type === undefined || ![MPD, MASTER_PLAYLIST, MEDIA_PLAYLIST].includes(context.type)) return operation;
    return this.#then(operation, (response) => {
      const asked = absolute(uri, document.baseURI);
      if (asked === undefined) return;
      session.responded(response.headers);
      const text = new TextDecoder().decode(response.data);
      (context.isPreload === true ? preloads : session).manifestLoaded({ asked, url: absolute(response.uri, asked) ?? asked, text });
    });
  }

  #then(operation: ShakaOperation, then: (response: ShakaResponse) => void): ShakaOperation {
    const promise = operation.promise.then((response) => {
      then(response);
      return response;
    });
    return this.#operation(promise, () => operation.abort());
  }

  #operation(promise: Promise<ShakaResponse>, abort: () => Promise<unknown>): ShakaOperation {
    const { AbortableOperation } = this.#shaka.util;
    return new AbortableOperation(promise as Promise<never>, abort as () => Promise<never>) as ShakaOperation;
  }

  #aborted(): object {
    const { Error: ShakaError } = this.#shaka.util;
    const { Severity, Category, Code } = ShakaError;
    return new ShakaError(Severity.RECOVERABLE, Category.PLAYER, Code.OPERATION_ABORTED);
  }

  #timedOut(uri: string, type: number): object {
    const { Error: ShakaError } = this.#shaka.util;
    const WithData = ShakaError as new (...told: unknown[]) => object;
    return new WithData(ShakaError.Severity.RECOVERABLE, NETWORK, TIMEOUT, uri, type);
  }
}

/** What to ask of the engine, or why only the player's own request can be right. */
function wishOf(uri: string, request: ShakaRequest, { context: { stream }, mayGrow }: Owner): WishOrReason {
  const { method, body, headers, allowCrossSiteCredentials, streamDataCallback } = request;
  // An index is of no stream yet.
  if (stream !== undefined && !SHARED_TYPES.includes(stream.type)) return undefined;
  // The engine's own requests carry no headers or cookies of the player, and what grows is Shaka's own to stream.
  if (hasOwnHeaders(headers) || method !== 'GET' || body || allowCrossSiteCredentials) return 'ownHeaders';
  if (mayGrow && streamDataCallback) return 'growing';
  const [, asked] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'range') ?? [];
  const range = rangeOf(asked?.replace(/^bytes=/, ''));
  const url = absolute(uri, document.baseURI);
  if (range === 'unreadable') return 'range';
  if (url === undefined) return undefined;
  return { url, ...(range !== undefined && { range }) };
}

/** Shaka computes its throughput from the time of an answer, and leaves out those of a cache. */
function responseOf({ bytes, rate }: Delivered, uri: string, request: ShakaRequest, { range }: Wish): ShakaResponse {
  const known = rate > 0;
  return {
    uri, originalUri: uri, data: bytes, status: range === undefined ? 200 : 206, headers: {},
    originalRequest: request, fromCache: !known, ...(known && { timeMs: (bytes.byteLength * 8_000) / rate }),
  };
}
