// Gets files for the site's service worker, which has no WebRTC of its own.

import { isOurs, MARK, type Offer, type Question, type Reply, type ToProvider } from '../service-worker/messages.js';
import type { FugitiveFetch } from './create.js';

/** A page's service to its worker. */
export interface WorkerService {
  /**
   * Settles once the worker has heard what the page offers: tags that are added from then on are answered by it. It may be late,
   * as a list may be, and never settles where no worker controls the page, as after a reload past the cache, or where there
   * is no list that can be used: let nothing of the page wait for it.
   */
  readonly offered: Promise<void>;
  /** Ends it. The worker asks other pages, or the network. */
  stop(): void;
}

/**
 * Offers the files of a `fugitiveFetch` to the service worker that controls this page, now or later, whose
 * `answerFetches` asks for them.
 */
export function serveServiceWorker(fugitiveFetch: FugitiveFetch): WorkerService {
  const serviceWorker = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  // Without https there is none, and tags are the browser's own.
  if (serviceWorker === undefined) return { offered: new Promise(() => undefined), stop: () => undefined };
  const ending = new AbortController();
  let port: MessagePort | undefined;
  let heard: () => void = () => undefined;
  const offered = new Promise<void>((resolve) => { heard = resolve; });
  const close = () => {
    port?.postMessage({ gone: true } satisfies Reply);
    port?.close();
    port = undefined;
  };
  const offer = async () => {
    const urls = await fugitiveFetch.files();
    const worker = serviceWorker.controller;
    if (worker === null || urls.length === 0 || ending.signal.aborted) return;
    close();
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = ({ data }: MessageEvent<ToProvider>) => {
      if ('heard' in data) return heard();
      void reply(data, channel.port1, fugitiveFetch);
    };
    worker.postMessage({ fugitive: MARK, urls } satisfies Offer, [channel.port2]);
  };
  const { signal } = ending;
  serviceWorker.addEventListener('controllerchange', () => void offer(), { signal });
  serviceWorker.addEventListener('message', ({ data }) => { if (isOurs(data)) void offer(); }, { signal });
  serviceWorker.startMessages();
  addEventListener('pagehide', close, { signal });
  addEventListener('pageshow', ({ persisted }) => { if (persisted) void offer(); }, { signal });
  void offer();
  return {
    offered,
    stop: () => {
      ending.abort();
      close();
    },
  };
}

async function reply({ id, url, integrity }: Question, port: MessagePort, fugitiveFetch: FugitiveFetch): Promise<void> {
  port.postMessage({ id, heard: true } satisfies Reply);
  const file = await get(url, integrity, fugitiveFetch).catch(() => undefined);
  if (file === undefined) port.postMessage({ id } satisfies Reply);
  else port.postMessage({ id, file } satisfies Reply, [file.bytes]);
}

/** What the page has may be of an older list than the tag is: without a match the network is asked. */
async function get(
  url: string, integrity: string, fugitiveFetch: FugitiveFetch,
): Promise<{ bytes: ArrayBuffer; type: string } | undefined> {
  const response = await fugitiveFetch(url, { integrity });
  if (!response.ok) return undefined;
  return { bytes: await response.arrayBuffer(), type: response.headers.get('Content-Type') ?? '' };
}
