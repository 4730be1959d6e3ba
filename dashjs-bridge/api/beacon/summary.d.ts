import type { Fugitive, FugitiveState } from '../fugitive.js';
/**
 * One report. Totals are since the title began, so that a report that is lost costs nothing but time. What is not known
 * is absent, and so are flags that are not set, as in CMCD.
 */
export interface BeaconSummary {
    /** Version of CMCD whose keys these are. */
    v: 1;
    /** The session, and the content as the site calls it. */
    sid: string;
    cid?: string;
    /** How the manifest is written: DASH or HLS; absent for files, which are not played and have neither `bl` nor `su`. */
    sf?: 'd' | 'h';
    /** Whether it is live or video on demand: known to a beacon that was started before the title's first manifest came. */
    st?: 'l' | 'v';
    /** Bitrate of the largest track that was delivered last, in kbit/s. */
    br?: number;
    /** Media ready ahead of the playhead, in milliseconds, to the next 100. */
    bl?: number;
    /** The buffer ran empty since the last report. */
    bs?: true;
    /** Nothing has been played yet. */
    su?: true;
    'com.fugitive-state': FugitiveState;
    /** Bytes that were played, by source. */
    'com.fugitive-origin': number;
    'com.fugitive-seeder': number;
    'com.fugitive-peer': number;
    'com.fugitive-stored': number;
    /** Bytes that were sent to others. */
    'com.fugitive-up': number;
    /** `Offload.total`, to three digits. */
    'com.fugitive-offload': number;
    /** Links that are up, and the median of their round trips in milliseconds. */
    'com.fugitive-links': number;
    'com.fugitive-rtt'?: number;
    /** How often HTTP had to do in the place of peers: a count for each reason that was met. */
    'com.fugitive-fallbacks': Readonly<Record<string, number>>;
    /** How often playback stalled, and for how long in milliseconds. */
    'com.fugitive-stalls': number;
    'com.fugitive-stalled': number;
}
/** Makes reports of what it hears and of the counters. */
export declare class Summarist {
    #private;
    constructor(fugitive: Pick<Fugitive, 'stats' | 'on' | 'off'>, named: {
        sid: string;
        cid?: string;
    });
    stop(): void;
    /** The report of now; undefined while there is no title. */
    summary(): BeaconSummary | undefined;
}
