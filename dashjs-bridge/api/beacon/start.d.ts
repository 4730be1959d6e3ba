import type { Fugitive } from '../fugitive.js';
import { type BeaconSummary } from './summary.js';
/** What `startBeacon` takes beside the Fugitive: `url`, `send`, or both. */
export interface BeaconOptions {
    /** Reports go there as JSON by `navigator.sendBeacon`: a POST of `text/plain`, which needs no preflight. @default none */
    url?: string | URL;
    /** Gets each report. What it throws, or rejects with, is told to the console and nobody else. @default none */
    send?: (summary: BeaconSummary) => unknown;
    /** How often, in milliseconds. 1000 to 3600000. @default 30000 */
    everyMs?: number;
    /** The content as the site calls it, in CMCD's `cid`: up to 64 characters. @default absent */
    cid?: string;
    /** The session, in CMCD's `sid`: up to 64 characters. @default a random UUID */
    sid?: string;
}
/** A beacon that runs. */
export interface Beacon {
    /** Sends a report now, if there is a title. */
    flush(): void;
    /** Sends a last report, and no more. May be called again. */
    stop(): void;
}
/**
 * Reports to the site's own analytics how `fugitive` serves its viewer. Nothing of it goes anywhere else.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 */
export declare function startBeacon(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, options: BeaconOptions): Beacon;
