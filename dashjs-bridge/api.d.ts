// The public API of fugitive-dashjs; made by `npm run api`, checked by a test.

// === fugitive-dashjs and fugitive-dashjs/dashjs

// --- index.d.ts
export { attachFugitive } from './dashjs/attach.js';
export type { DashPlayer } from './dashjs/player.js';
export * from './common.js';

// --- dashjs/attach.d.ts
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { DashPlayer } from './player.js';
/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `initialize()`.
 *
 * The player keeps its own buffer, rungs and retries; only its audio, video and subtitle segments may come from
 * the engine. Whatever goes wrong later is an event, and the player plays on over its own HTTP.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player cannot be extended any more.
 */
export declare function attachFugitive(player: DashPlayer, options: FugitiveOptions): Fugitive;

// --- fugitive.d.ts
import type { CoreStats } from './core.js';
import type { EventOf, FugitiveEventType } from './events.js';
/**
 * `idle`: no title yet. `starting`: the engine loads. `running`: segments are shared.
 * `failed`: the engine is gone, the player uses its own HTTP. `destroyed`: after `destroy()`.
 */
export type FugitiveState = 'idle' | 'starting' | 'running' | 'failed' | 'destroyed';
/** Segments that the player fetched by itself, past the engine. */
export interface PlainBytes {
    requests: number;
    bytes: number;
}
/** A snapshot of the counters, about a second old. Bytes and counts are since the title was attached. */
export interface FugitiveStats extends CoreStats {
    state: FugitiveState;
    /** Segments that the player fetched by itself; count them as origin. */
    plain: PlainBytes;
    /** How often the playhead ran out of media; waits at the start and after a seek are not counted. */
    stalls: number;
    /** How long it stood still, in milliseconds. */
    stalledMs: number;
}
/** The plug-in of one player. */
export interface Fugitive {
    /** The counters. Cheap: the engine pushes them once a second. */
    stats(): FugitiveStats;
    /** Calls `listener` for each event of that tag; `*` for all. */
    on<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
    /** Undoes `on`. */
    off<T extends FugitiveEventType | '*'>(type: T, listener: (event: EventOf<T>) => void): void;
    /** Leaves the swarm and closes all links. The player goes on over its own HTTP. May be called again. */
    destroy(): void;
}

// --- core.d.ts
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
    /** Ed25519 public key, 32 bytes. */
    digestKey?: Uint8Array;
    /** Which bytes count where there is no key. */
    trust?: 'quorum' | 'open';
    minTargetPeers?: number;
    maxTargetPeers?: number;
    storeBytes?: number;
    prefetchWindowMs?: number;
    uploadPercent?: number;
    rescueGuardMs?: number;
    peerPatienceMs?: number;
    fetchTimeoutMs?: number;
    sendWindow?: number;
    signalingAtMax?: 'stay' | 'leave';
    policy?: CorePolicy;
}
/** segment-engine's `PolicyConfig`. */
export interface CorePolicy {
    uploads?: Allowance;
    onCellular?: Allowance;
    onMetered?: Allowance;
    lowBatteryPercent?: number;
    whileHidden?: Allowance;
    mobile?: Partial<DeviceLimits>;
}
export type Allowance = 'on' | 'off';
/** How much is taken of a device: linked peers, bytes of segments, percent of the uplink. */
export interface DeviceLimits {
    maxTargetPeers: number;
    storeBytes: number;
    uploadPercent: number;
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
export interface SourceBytes {
    origin: number;
    seeder: number;
    peer: number;
}
/** What one peer gave of a segment. */
export interface PeerShare {
    peer: string;
    bytes: number;
}
export type Source = 'origin' | 'seeder' | 'peer';
/** As serde writes an enum: a plain string, or an object with one member. */
export type FetchError = 'network' | 'timeout' | {
    status: number;
};
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
    url?: string;
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
} | {
    type: 'signatureChecked';
    check: number;
    valid: boolean;
} | {
    type: 'leave';
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
} | {
    type: 'fetch';
    id: number;
    url: string;
    range?: ByteRange;
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
}

// --- events.d.ts
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

// --- options.d.ts
import type { Allowance, DeviceLimits } from './core.js';
/** How the engine behaves; absent ones take their default. */
export interface EngineOptions {
    /** Below this many connected peers signaling is asked for more. 0 to `maxTargetPeers`. @default 8 */
    minTargetPeers?: number;
    /** At this many connected peers further ones are refused. 1 to 1024. @default 16 */
    maxTargetPeers?: number;
    /** Bytes of segments kept in memory. At least 1 MiB. @default 419430400 */
    storeBytes?: number;
    /** How far ahead of the playhead peers are asked, in milliseconds. 0 to 300000. @default 60000 */
    prefetchWindowMs?: number;
    /** Which part of the uplink is spent on other viewers, in percent. 1 to 100. @default 80 */
    uploadPercent?: number;
    /**
     * Kept in reserve when the time left for a peer is computed, in milliseconds: at least that, of long segments a
     * quarter, up to 1.5 s. 100 to 10000. @default 250
     */
    rescueGuardMs?: number;
    /** The longest that the player waits for peers, in milliseconds. 100 to 30000. @default 10000 */
    peerPatienceMs?: number;
    /** How long an HTTP request may be silent, in milliseconds. 1000 to 60000. @default 10000 */
    fetchTimeoutMs?: number;
    /** Bytes that may wait for one peer. 32 KiB to 4 MiB. @default 131072 */
    sendWindow?: number;
}
/** What this page does for others on the device that it runs on. */
export interface PolicyOptions {
    /** Whether anything is sent to other viewers at all: the viewer's consent. @default 'on' */
    uploads?: Allowance;
    /** Whether it is on a cellular network. @default 'off' */
    onCellular?: Allowance;
    /** Whether it is where the viewer asked the browser to save data. @default 'off' */
    onMetered?: Allowance;
    /** Below this level of a battery that is not being charged nothing is sent; 0 means never. 0 to 100. @default 20 */
    lowBatteryPercent?: number;
    /** Whether peers are asked ahead of the player while nobody can see the page. @default 'off' */
    whileHidden?: Allowance;
    /** Limits of phones and tablets, where they are the lower ones. @default 8 peers, 100 MiB, 50 % of the uplink */
    mobile?: Partial<DeviceLimits>;
}
/** What `attachFugitive` takes. */
export interface FugitiveOptions extends EngineOptions {
    /** Where signaling listens: ws:, wss:, or an http(s): or relative address, which is turned into one. */
    signalingUrl: string;
    /**
     * Names the swarm: viewers of one name feed each other. 1 to 128 bytes. A fixed name is for one title;
     * give a function of the manifest's URL where the player changes titles.
     * @default host and path of the manifest's URL
     */
    swarm?: string | ((manifestUrl: string) => string);
    /**
     * What lets this page into the swarm, where signaling asks for that; 1 to 2048 printable characters. A function is
     * asked before each connection, the first, those after a refusal and after a loss alike: it may hand out one that it
     * has while that holds. Where it throws, signaling is tried again later, and waits longer each time.
     */
    token?: string | (() => string | Promise<string>);
    /**
     * `high`: the browser asks the viewer for the page's position, and signaling is told it, rounded to half a degree (some
     * 50 km) before it leaves the page, so that it introduces neighbours. Without it signaling is told the time zone, and
     * the CDN's point of presence where its headers can be read.
     * @default no position
     */
    position?: 'high';
    /**
     * The seeder's Ed25519 public key: 32 bytes, or their hex or base64url text. With it only bytes count that its owner
     * signed.
     * @default none: see `trust`
     */
    digestKey?: string | Uint8Array;
    /**
     * Which bytes of peers count where there is no `digestKey`. `quorum`: those that two neighbours vouch for alike, with
     * samples compared with the origin's, if that honours `Range`; weaker than a key, for two that lie alike, and may be
     * one attacker's, are believed until a sample shows it, and more is fetched from the origin. `open`: all, for networks
     * in which nobody lies; a peer that alters bytes alters what is played.
     * @default 'quorum'
     */
    trust?: 'quorum' | 'open';
    /** What this page does for others on a phone, on mobile data, on a low battery, in the background. */
    policy?: PolicyOptions;
    /**
     * What becomes of the connection to signaling at `maxTargetPeers`: `leave` gives it up until there are fewer than
     * `minTargetPeers`, which spares the server connections, and has newcomers found only by those who lack peers.
     * @default 'stay'
     */
    signalingAtMax?: 'stay' | 'leave';
    /**
     * Where data channels live: `auto` moves those to the Worker that the browser moves safely; `never` keeps all
     * on the page, and messages carry their bytes.
     * @default 'auto'
     */
    channelTransfer?: 'auto' | 'never';
    /** The Worker's script, where a bundler does not find it. Same origin as the page. @default worker.js beside this module */
    workerUrl?: string | URL;
    /**
     * The engine's wasm, of which a title loads the one that reads its manifest.
     * @default fugitive_dash.wasm and fugitive_hls.wasm beside the Worker's script
     */
    wasmUrls?: {
        dash?: string | URL;
        hls?: string | URL;
    };
}

// --- dashjs/player.d.ts
/** What is read of dash.js 5's settings. */
export interface PlayerSettings {
    streaming?: {
        cacheLoadThresholds?: {
            video?: number;
            audio?: number;
        };
        abr?: {
            throughput?: {
                useResourceTimingApi?: boolean;
            };
        };
    };
}
/** What `attachFugitive` uses of dash.js's `MediaPlayerClass`. */
export interface DashPlayer {
    extend(name: string, child: object, override: boolean): void;
    on(type: 'streamTeardownComplete', listener: () => void): void;
    isReady(): boolean;
    getVersion(): string;
    getSettings(): object;
    getVideoElement(): HTMLVideoElement;
}

// --- common.d.ts
export { FugitiveAttachError, FugitiveOptionError } from './errors.js';
export type { FugitiveEvent, FugitiveEventType, HostEvent } from './events.js';
export type { Fugitive, FugitiveState, FugitiveStats, PlainBytes } from './fugitive.js';
export type { EngineOptions, FugitiveOptions, PolicyOptions } from './options.js';
export type { Allowance, CoreEvent, CoreStats, DeviceLimits, DisconnectReason, FetchError, PeerShare, PolicyReason, Source, SourceBytes, } from './core.js';

// --- errors.d.ts
/** An option is missing or out of its range. Mend it and attach again. */
export declare class FugitiveOptionError extends Error {
    readonly name = "FugitiveOptionError";
    /** The option's name in `FugitiveOptions`. */
    readonly option: string;
    constructor(option: string, expected: string);
}
/** The player cannot be extended: it plays already, has a Fugitive, or is not dash.js 5. */
export declare class FugitiveAttachError extends Error {
    readonly name = "FugitiveAttachError";
}

// === fugitive-dashjs/hlsjs

// --- hlsjs.d.ts
export { attachFugitive } from './hlsjs/attach.js';
export type { HlsPlayer, HlsSettings } from './hlsjs/player.js';
export * from './common.js';

// --- hlsjs/attach.d.ts
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { HlsPlayer } from './player.js';
/**
 * Lets the viewers of what `hls` plays feed each other. Call it once per player, before `loadSource()`.
 *
 * The player keeps its own buffer, levels and retries; only whole segments may come from the engine. Whatever goes
 * wrong later is an event, and the player plays on with the loaders that it has.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, or has loaded a source.
 */
export declare function attachFugitive(hls: HlsPlayer, options: FugitiveOptions): Fugitive;

// --- hlsjs/player.d.ts
/** What `attachFugitive` uses of hls.js's settings. Its classes of loaders are whatever hls.js has them be. */
export interface HlsSettings {
    loader: unknown;
    fLoader?: unknown;
    pLoader?: unknown;
}
/** What `attachFugitive` uses of hls.js 1.7's `Hls`. */
export interface HlsPlayer {
    readonly config: HlsSettings;
    readonly media: HTMLMediaElement | null;
    readonly url: string | null;
    readonly bandwidthEstimate: number;
    on(event: never, listener: () => void): void;
}

// === fugitive-dashjs/shaka

// --- shaka.d.ts
export { attachFugitive } from './shaka/attach.js';
export type { ShakaNamespace, ShakaPlayer } from './shaka/player.js';
export * from './common.js';

// --- shaka/attach.d.ts
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import type { ShakaNamespace, ShakaPlayer } from './player.js';
/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `load()`; `shaka` is the
 * namespace that the player is of.
 *
 * The player keeps its own buffer, variants and retries; only audio, video and text segments may come from the engine.
 * Whatever goes wrong later is an event, and the player plays on over its own HTTP. It takes the schemes `http` and
 * `https` at Shaka's priority for apps: players of the page without a Fugitive go on as before.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, has loaded a title, or was destroyed.
 */
export declare function attachFugitive(shaka: ShakaNamespace, player: ShakaPlayer, options: FugitiveOptions): Fugitive;

// --- shaka/player.d.ts
/** What a request filter gets and a scheme's plug-in after it: the same object. */
export interface ShakaRequest {
    method: string;
    body: unknown;
    headers: Record<string, string>;
    allowCrossSiteCredentials: boolean;
    retryParameters: {
        timeout: number;
    };
    /** Takes a segment's bytes as they come. Shaka sets it for what it loads ahead, too, and does without. */
    streamDataCallback: unknown;
}
export interface ShakaResponse {
    uri: string;
    originalUri: string;
    data: ArrayBuffer | ArrayBufferView;
    status?: number;
    headers: Record<string, string>;
    /** Milliseconds that the throughput is computed from. */
    timeMs?: number;
    /** Keeps the answer out of the throughput. */
    fromCache?: boolean;
    originalRequest: ShakaRequest;
}
/** What is known of a request: its kind, and the stream that it is of. */
export interface ShakaContext {
    type?: number;
    stream?: {
        type: string;
    };
    isPreload?: boolean;
}
export interface ShakaOperation {
    promise: Promise<ShakaResponse>;
    abort(): Promise<unknown>;
}
/** A scheme's plug-in. */
export type ShakaPlugin = (uri: string, request: ShakaRequest, type: number, progressUpdated: unknown, headersReceived: (headers: Record<string, string>) => void, config: unknown) => ShakaOperation;
/** What `attachFugitive` uses of the namespace `shaka`. */
export interface ShakaNamespace {
    net: {
        NetworkingEngine: {
            registerScheme(scheme: string, plugin: never, priority?: number, progressSupport?: boolean): void;
            PluginPriority: {
                APPLICATION: number;
            };
            RequestType: {
                MANIFEST: number;
                SEGMENT: number;
            };
            AdvancedRequestType: {
                MPD: number;
                MASTER_PLAYLIST: number;
                MEDIA_PLAYLIST: number;
            };
        };
        HttpFetchPlugin: {
            parse: unknown;
            isSupported(): boolean;
        };
        HttpXHRPlugin: {
            parse: unknown;
        };
    };
    util: {
        AbortableOperation: new (promise: Promise<never>, onAbort: () => Promise<never>) => object;
        Error: (new (severity: number, category: number, code: number) => object) & {
            Severity: {
                RECOVERABLE: number;
            };
            Category: {
                PLAYER: number;
            };
            Code: {
                OPERATION_ABORTED: number;
            };
        };
    };
}
/** What `attachFugitive` uses of a `shaka.Player`. */
export interface ShakaPlayer {
    getMediaElement(): HTMLMediaElement | null;
    getAssetUri(): string | null;
    getNetworkingEngine(): ShakaNetworking | null;
    getConfiguration(): {
        streaming: {
            lowLatencyMode: boolean;
        };
    };
    getManifest(): {
        isLowLatency: boolean;
    } | null;
    addEventListener(type: string, listener: () => void): void;
}
export interface ShakaNetworking {
    registerRequestFilter(filter: never): void;
}
