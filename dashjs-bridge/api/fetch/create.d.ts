import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
/** What `createFetch` takes, beside the options of `attachFugitive` but for `start`. */
export interface FetchOptions extends Omit<FugitiveOptions, 'start' | 'swarm'> {
    /**
     * The site's list of files, as `fugitive-seeder sign --files` makes it: its address, as pages know it.
     * @default none: what is shared is what calls and elements give a `sha224-` of
     */
    list?: string | URL;
    /**
     * Names the swarm, as it was given to `sign`. 1 to 128 bytes.
     * @default host and path of the list's URL; without a list the page's host, and a slash
     */
    swarm?: string;
}
/** A drop-in for `fetch`. */
export interface FugitiveFetch {
    (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
    /** Counters, events, the viewer's consent, pauses, and the end: after `destroy()` the browser's own `fetch` answers. */
    readonly fugitive: Fugitive;
    /**
     * The URLs that the list names, once it is loaded and its signature checked, however long that takes, as in a pause; none
     * where it cannot be used.
     */
    files(): Promise<string[]>;
}
/**
 * Makes a `fetch` that takes files of the site's list, and those that have a `sha224-`, from other pages that have them.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 */
export declare function createFetch({ list, ...options }: FetchOptions): FugitiveFetch;
