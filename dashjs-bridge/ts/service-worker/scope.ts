// What is used of a service worker's global scope, which the DOM's types do not know.

/** A page, as the worker sees it. */
export interface PageClient {
  postMessage(message: unknown): void;
}

/** What the worker stays alive for: a step of its life, or a request. */
export interface LifeEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

/** A request of a page. */
export interface FetchEvent extends LifeEvent {
  readonly request: Request;
  readonly clientId: string;
  /** The page that a navigation makes. */
  readonly resultingClientId: string;
  respondWith(response: Promise<Response>): void;
}

/** A message of a page. */
export interface PageMessageEvent extends MessageEvent<unknown> {
  readonly source: (MessageEventSource & { readonly id?: string }) | null;
}

/** The scope. */
export interface WorkerScope {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<PageClient[]>;
  };
  readonly location: { readonly origin: string };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: PageMessageEvent) => void): void;
}
