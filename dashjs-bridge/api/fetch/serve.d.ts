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
export declare function serveServiceWorker(fugitiveFetch: FugitiveFetch): WorkerService;
