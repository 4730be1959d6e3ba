import type { CoreEvent } from './core.js';
/** Events of the host around the engine. */
export type HostEvent = 
/** The engine is loaded and runs. */
{
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
/** The playhead ran out of media. */
 | {
    type: 'stalled';
    positionMs: number;
}
/** The playhead moves again after a stall. */
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
