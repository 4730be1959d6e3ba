import type { CoreEvent } from './core.js';
import type { DeclinedReason } from './figures.js';
import type { FugitiveState } from './fugitive.js';
/** Events of the host around the engine. */
export type HostEvent = 
/** `stats().state` is another one. Comes after the event that tells why, where there is one. */
{
    type: 'stateChanged';
    from: FugitiveState;
    to: FugitiveState;
}
/** The engine is loaded and runs. */
 | {
    type: 'engineReady';
}
/** The engine is gone for this title; the player goes on over its own HTTP. */
 | {
    type: 'engineFailed';
    reason: string;
}
/** The browser cannot check Ed25519 signatures here: nothing from a peer is played. */
 | {
    type: 'signaturesUnsupported';
    reason: string;
}
/** The browser keeps nothing for this page (a private window, a setting, no room): it is done without a store. */
 | {
    type: 'storeUnavailable';
    reason: string;
}
/**
 * Another viewer is linked, and `policy.uploads` is `ask`: ask yours, and answer by `allowUploads`. Told once; until
 * it is answered nothing of the stream is sent.
 */
 | {
    type: 'consentNeeded';
}
/** `pause()` and `resume()` were called. */
 | {
    type: 'sharingPaused';
} | {
    type: 'sharingResumed';
}
/** The engine leaves a segment to the player's own HTTP. */
 | {
    type: 'declined';
    url: string;
    reason: DeclinedReason;
}
/** The playhead ran out of media. */
 | {
    type: 'stalled';
    positionMs: number;
}
/** A stall is over: the playhead moves again, the viewer paused or sought, or the title ended. */
 | {
    type: 'resumed';
    positionMs: number;
    stalledMs: number;
};
/** Everything that `Fugitive.on` can tell. */
export type FugitiveEvent = CoreEvent | HostEvent;
/** The tags of `FugitiveEvent`. */
export type FugitiveEventType = FugitiveEvent['type'];
/** The event of one tag; `*` stands for all of them. */
export type EventOf<T extends FugitiveEventType | '*'> = T extends '*' ? FugitiveEvent : Extract<FugitiveEvent, {
    type: T;
}>;
