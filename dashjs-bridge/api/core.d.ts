/** Engine and signaling client behind one class. One instance per page and title; not re-entrant. */
export interface Core {
    /** Tells what happened. Throws only when the host breaks the contract. */
    handle(nowMs: number, input: CoreInput): void;
    /** Call when `pollTimeout()` has come. */
    handleTimeout(nowMs: number): void;
    /** The next thing to do; drain it before you return to the event loop. */
    poll(): CoreOutput | undefined;
    /** When `handleTimeout` wants to be called, on the clock of `nowMs`. */
    pollTimeout(): number | undefined;
    /** Counters since the start. */
    stats(): CoreStats;
    free(): void;
}
/** @see segment-engine's `Config`: the same defaults and ranges. Absent fields take their default. */
export interface CoreConfig {
    swarm: string;
    signalingUrl: string;
    /** Ed25519 public keys, 32 bytes each, one after the other: 1 to 4. */
    digestKeys?: Uint8Array;
    /** Which bytes count where there is no key. */
    trust?: 'quorum' | 'open';
    auditsPerThousand?: number;
    minTargetPeers?: number;
    maxTargetPeers?: number;
    storeBytes?: number;
    prefetchWindowMs?: number;
    uploadPercent?: number;
    maxUploadBitsPerSecond?: number;
    rescueGuardMs?: number;
    peerPatienceMs?: number;
    fetchTimeoutMs?: number;
    sendWindow?: number;
    signalingAtMax?: 'stay' | 'leave';
    policy?: CorePolicy;
}
/** segment-engine's `PolicyConfig`. */
export interface CorePolicy {
    onCellular?: Allowance;
    onMetered?: Allowance;
    lowBatteryPercent?: number;
    whileHidden?: Allowance;
    mobile?: Partial<DeviceLimits>;
}
export type Allowance = 'on' | 'off';
/** How much is taken of a device: linked peers, bytes of segments, percent of the uplink, and the most of that. */
export interface DeviceLimits {
    maxTargetPeers: number;
    storeBytes: number;
    uploadPercent: number;
    maxUploadBitsPerSecond?: number;
}
export type NetworkKind = 'wifi' | 'ethernet' | 'cellular' | 'other' | 'unknown';
/** What is known of the device; absent is what the browser does not tell. */
export interface DeviceState {
    battery?: {
        levelPercent: number;
        charging: 'yes' | 'no';
    };
    network?: NetworkKind;
    metered: 'yes' | 'no';
    visibility: 'visible' | 'hidden';
    class: 'desktop' | 'mobile';
    /** What the viewer says of uploads. It may change, so it is told here and not with the configuration. */
    consent: Allowance;
}
export type SegmentKind = 'init' | 'media';
/** Inclusive, as in HTTP's Range header. */
export interface ByteRange {
    first: number;
    last: number;
}
export interface IceCandidate {
    candidate: string;
    sdpMid?: string;
    sdpMLineIndex?: number;
    usernameFragment?: string;
}
export interface IceServer {
    urls: string[];
    username?: string;
    credential?: string;
}
/** Where the page is, as far as it may be told. `north` and `east`: in half degrees. */
export interface Hints {
    pop?: string;
    zone?: string;
    north?: number;
    east?: number;
}
/** `stored`: from this browser's own store, where an earlier visit left it. */
export interface SourceBytes {
    origin: number;
    seeder: number;
    peer: number;
    stored: number;
}
/** What one peer gave of a segment. */
export interface PeerShare {
    peer: string;
    bytes: number;
}
export type Source = 'origin' | 'seeder' | 'peer' | 'stored';
/** As serde writes an enum: a plain string, or an object with one member. */
export type FetchError = 'network' | 'timeout' | {
    status: number;
};
/** A segment as a store has it: `key` and `root` are the engine's, and opaque. */
export interface ShelfEntry {
    key: Uint8Array;
    size: number;
    root: Uint8Array;
}
export type CoreInput = {
    type: 'clock';
    unixMs: number;
} | {
    type: 'manifest';
    url: string;
    body: Uint8Array;
} | {
    type: 'demand';
    id: number;
    url: string;
    range?: ByteRange;
    position?: {
        representation: string;
        kind: SegmentKind;
        startMs: number;
    };
    /** Of a file of that digest, in hexadecimal digits, whatever a list has at the URL. */
    sha224?: string;
} | {
    type: 'demandCancelled';
    id: number;
} | {
    type: 'playback';
    positionMs: number;
    bufferedMs: number;
    state: 'playing' | 'paused' | 'stalled';
} | {
    type: 'seeked';
    positionMs: number;
} | {
    type: 'device';
    device: DeviceState;
} | {
    type: 'socketOpened';
} | {
    type: 'socketMessage';
    text: string;
} | {
    type: 'socketClosed';
}
/** For the next join. */
 | {
    type: 'token';
    token: string;
} | ({
    type: 'hints';
} & Hints) | {
    type: 'localDescription';
    peer: string;
    sdp: string;
} | {
    type: 'localCandidate';
    peer: string;
    candidate: IceCandidate;
} | {
    type: 'peerConnected';
    peer: string;
} | {
    type: 'peerMessage';
    peer: string;
    bytes: Uint8Array;
} | {
    type: 'peerBuffered';
    peer: string;
    buffered: number;
} | {
    type: 'peerClosed';
    peer: string;
} | {
    type: 'measured';
    peer: string;
    rttMs: number;
} | {
    type: 'fetchStarted';
    fetch: number;
    partial: boolean;
    length?: number;
    total?: number;
} | {
    type: 'fetchChunk';
    fetch: number;
    bytes: Uint8Array;
} | {
    type: 'fetchFinished';
    fetch: number;
} | {
    type: 'fetchFailed';
    fetch: number;
    error: FetchError;
}
/** Without `valid` where this browser cannot tell. */
 | {
    type: 'signatureChecked';
    check: number;
    valid?: boolean;
}
/** There is a store: told first of all, then the digests that it holds, by their signatures, and what else it holds. */
 | {
    type: 'shelfOpening';
} | {
    type: 'shelfDigests';
    batches: {
        key: Uint8Array;
        bytes: Uint8Array | undefined;
    }[];
}
/** Told again of what another tab has put there. */
 | {
    type: 'shelfOpened';
    entries: ShelfEntry[];
} | ({
    type: 'shelved';
} & ShelfEntry) | ({
    type: 'unshelvable';
} & ShelfEntry)
/** Without bytes it is not there any more. */
 | {
    type: 'unshelved';
    key: Uint8Array;
    bytes?: Uint8Array;
} | {
    type: 'unreadable';
    key: Uint8Array;
} | {
    type: 'dropped';
    keys: {
        key: Uint8Array;
    }[];
}
/** Signaling is left, and not come back to before `join`. */
 | {
    type: 'leave';
} | {
    type: 'join';
};
export type CoreOutput = {
    type: 'openSocket';
    url: string;
} | {
    type: 'sendSocket';
    text: string;
} | {
    type: 'closeSocket';
} | {
    type: 'createOffer';
    peer: string;
    iceServers: IceServer[];
}
/** The connection takes the place of one that was made to the same peer, if there is any. */
 | {
    type: 'acceptOffer';
    peer: string;
    sdp: string;
    iceServers: IceServer[];
} | {
    type: 'acceptAnswer';
    peer: string;
    sdp: string;
} | {
    type: 'addCandidate';
    peer: string;
    candidate: IceCandidate;
}
/** Close the link, after what was sent has left; `peerClosed` is not needed in return. */
 | {
    type: 'disconnect';
    peer: string;
    reason: string;
} | {
    type: 'send';
    peer: string;
    bytes: Uint8Array;
}
/** `demand`: the newest that it is for; none is open for what is fetched for peers. */
 | {
    type: 'fetch';
    id: number;
    url: string;
    range?: ByteRange;
    demand?: number;
    timeoutMs: number;
} | {
    type: 'abortFetch';
    fetch: number;
}
/** `rate`: bits per second that can be kept up, whatever this segment took; 0 where there is no telling. */
 | {
    type: 'deliver';
    demand: number;
    bytes: Uint8Array;
    sources: SourceBytes;
    rate: number;
} | {
    type: 'decline';
    demand: number;
    reason: DeclineReason;
} | {
    type: 'checkSignature';
    check: number;
    key: Uint8Array;
    message: Uint8Array;
    signature: Uint8Array;
}
/** Keep a segment; answered by `shelved` or `unshelvable`. */
 | {
    type: 'shelve';
    key: Uint8Array;
    root: Uint8Array;
    bytes: Uint8Array;
}
/** Keep signed digests beside the segments, by their signature. */
 | {
    type: 'shelveDigests';
    key: Uint8Array;
    bytes: Uint8Array;
}
/** Answered by `unshelved` or `unreadable`. */
 | {
    type: 'unshelve';
    key: Uint8Array;
} | {
    type: 'discard';
    keys: Uint8Array[];
} | {
    type: 'event';
    event: CoreEvent;
};
export type DeclineReason = 'unknown' | 'disagreement' | 'tooLarge' | 'busy' | {
    originFailed: FetchError;
};
export type DisconnectReason = 'version' | 'otherSwarm' | 'violation' | 'corrupt' | 'full' | 'unresponsive';
/** What forbids uploads, forbids fetching ahead (`hiddenPage`), or lowers the limits (`mobile`). */
export type PolicyReason = 'noConsent' | 'cellular' | 'metered' | 'lowBattery' | 'hiddenPage' | 'mobile';
export type CoreEvent = 
/**
 * `signer`: the key of digests that signaling names, in hex; believed by nobody until the app makes it the `digestKey`.
 * `relayOnly`: signaling asks for links over TURN alone, and gets them.
 */
{
    type: 'signalingJoined';
    peer: string;
    signer?: string | undefined;
    relayOnly: boolean;
} | {
    type: 'signalingLost';
    retryInMs: number;
}
/**
 * Signaling's operator lets in only a share of viewers, and this one is not among them: its links end, and all comes over
 * HTTP. It asks again after `retryInMs`; `signalingJoined` says that it is in.
 */
 | {
    type: 'switchedOff';
    retryInMs: number;
} | {
    type: 'signalingRefused';
    code: string;
    message: string;
} | {
    type: 'timelineUpdated';
    tracks: number;
    live: boolean;
} | {
    type: 'manifestRejected';
    reason: string;
} | {
    type: 'peerJoined';
    peer: string;
    seeder: boolean;
} | {
    type: 'peerLeft';
    peer: string;
    reason?: DisconnectReason | undefined;
} | {
    type: 'segmentReceived';
    label: string;
    key: string;
    startMs?: number | undefined;
    durationMs: number;
    bytes: number;
    /** Where the most of it came from. */
    source: Source;
    /** What each peer gave of it; the rest came over HTTP. */
    peers: PeerShare[];
    /** Whether its bytes were compared with signed digests. */
    verified: boolean;
} | {
    type: 'segmentDelivered';
    label: string;
    key: string;
    startMs?: number | undefined;
    durationMs: number;
    bytes: number;
    source: Source;
} | {
    type: 'corruptPiece';
    key: string;
    piece: number;
    peer: string;
} | {
    type: 'originMismatch';
    key: string;
}
/** What peers agreed on is not what the origin has: nothing is taken from peers any more. */
 | {
    type: 'quorumBroken';
    key: string;
}
/** What this page may do on its device changed. */
 | {
    type: 'policyChanged';
    uploads: Allowance;
    prefetch: Allowance;
    limits: DeviceLimits;
    reasons: PolicyReason[];
} | {
    type: 'rescued';
    key: string;
    reason: 'deadline' | 'noPeerLeft';
} | {
    type: 'digestsRejected';
    peer: string;
}
/** The digest key signed two batches of one number, so it is in two places or stolen: what they say does not count. */
 | {
    type: 'equivocation';
    segments: number;
} | {
    type: 'originFailed';
    key: string;
    error: FetchError;
}
/** What came back from the store is not there any more, cannot be read now, or is not what was put there. */
 | {
    type: 'shelfFault';
    key: string;
    fault: 'missing' | 'unreadable' | 'corrupt';
};
/** segment-engine's `Stats`, where each is documented. Bytes are of segments; counts are since the start. */
export interface CoreStats {
    received: SourceBytes;
    delivered: SourceBytes;
    uploaded: number;
    /** Linked now. */
    peers: number;
    seeders: number;
    demands: number;
    hits: number;
    declined: number;
    rescues: number;
    /** Pieces from peers that were right, and that were not. */
    verified: number;
    corrupt: number;
    /** Bytes that came twice, or too late to be wanted. */
    duplicate: number;
    /** Stripes that this page fetched for the swarm, and that others said they would and did not. */
    claims: number;
    lapsedClaims: number;
    /** Stripes that were fetched from the origin only to learn whether a higher rung could be kept up. */
    probes: number;
    /** Runs of pieces that were reserved with peers, and for them. */
    interests: number;
    promises: number;
    /** Requests of peers that were put off because the uplink was busy. */
    refused: number;
    /** Pieces that were compared with the origin's, where nobody signs. */
    audits: number;
    /** How many of the swarm can upload, this page included: an estimate. */
    capable: number;
    /** Links that were let go for better ones, that neighbours made, and messages carried to make others'. */
    evicted: number;
    introduced: number;
    carried: number;
    violations: number;
    /** Held now. */
    storedSegments: number;
    storedBytes: number;
    knownDigests: number;
    /** How often the chain of signed digests breaks off now, and its owner was seen to sign two of one number. */
    digestGaps: number;
    equivocations: number;
    /** In the store that outlives the page now, of this title. */
    shelvedSegments: number;
    shelvedBytes: number;
    /** Segments that came back from it right, and wrong or not at all. */
    shelfReads: number;
    shelfFaults: number;
}
