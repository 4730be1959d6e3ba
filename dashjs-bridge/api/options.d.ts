import type { Allowance, DeviceLimits } from './core.js';
/** How the engine behaves; absent ones take their default. */
export interface EngineOptions {
    /** Below this many connected peers signaling is asked for more. 0 to `maxTargetPeers`. @default 8, or `maxTargetPeers` if that is less */
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
     * The most that is sent to other viewers, in bits per second, whatever the uplink carries. What holds the stream together
     * (announcements, digests, headers) adds a few percent. 100000 to 10^12. @default no limit
     */
    maxUploadBitsPerSecond?: number;
    /**
     * Without `digestKey`, with `trust: 'quorum'`: how many of a thousand pieces that peers gave are compared with the
     * origin's. More finds earlier who lies, and costs the origin 16 KiB each. 0 to 1000. @default 2
     */
    auditsPerThousand?: number;
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
    /**
     * Whether anything of the stream is sent to other viewers at all: the viewer's consent. `ask` stands for `off` until the
     * app answers event `consentNeeded` by `allowUploads`. Who does not send still takes from peers.
     * @default 'on'
     */
    uploads?: Allowance | 'ask';
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
     * give a function of the manifest's URL where the player changes titles. A manifest that the page itself has made
     * (`blob:`) has another URL for each viewer: there it must be given.
     * @default host and path of the manifest's URL; beyond 128 bytes the first 100 and a hash
     */
    swarm?: string | ((manifestUrl: string) => string);
    /**
     * What lets this page into the swarm, where signaling asks for that; 1 to 2048 printable characters. A function is
     * asked before each connection, the first, those after a refusal and after a loss alike: it may hand out one that it
     * has while that holds. Where it throws, or has given none after 10 s, signaling is tried again later, and waits longer
     * each time.
     * @default none
     */
    token?: string | (() => string | Promise<string>);
    /**
     * `high`: the browser asks the viewer for the page's position, once, and signaling is told it, rounded to half a degree (some
     * 50 km) before it leaves the page, so that it introduces neighbours. Without it signaling is told the time zone, and
     * the CDN's point of presence where its headers can be read.
     * @default no position
     */
    position?: 'high';
    /**
     * The seeder's Ed25519 public key: 32 bytes, or their hex or base64url text. With it only bytes count that its owner
     * signed. While a stream goes over to another key, several, at most 4, in an array: what the owner of any of them signed
     * counts.
     * @default none: see `trust`
     */
    digestKey?: string | Uint8Array | readonly (string | Uint8Array)[];
    /**
     * Which bytes of peers count where there is no `digestKey`. `quorum`: those that two neighbours vouch for alike, with
     * samples compared with the origin's, if that honours `Range`; weaker than a key, for two that lie alike, and may be
     * one attacker's, are believed until a sample shows it, and more is fetched from the origin. `open`: all, for networks
     * in which nobody lies; a peer that alters bytes alters what is played.
     * @default 'quorum'
     */
    trust?: 'quorum' | 'open';
    /**
     * What of films is kept in the browser beyond the page, so that a reload or a later visit takes it from there: the
     * segments that the digests of `digestKey` vouch for, the longest unused forgotten first, over all titles and tabs of
     * the site. `maxBytes`: at least 1 MiB, and never more than a tenth of what the browser would give the site. Without a
     * key there is none: what came over HTTP the browser's own cache keeps as its origin says, and for what peers gave nobody
     * would vouch later. `clearStore()` of `fugitive-dashjs/store` forgets all.
     * @default 512 MiB, on phones and tablets 128 MiB
     */
    store?: {
        maxBytes?: number;
    } | false;
    /** What this page does for others on a phone, on mobile data, on a low battery, in the background. @default as below */
    policy?: PolicyOptions;
    /**
     * What becomes of the connection to signaling at `maxTargetPeers`: `leave` gives it up until there are fewer than
     * `minTargetPeers`, which spares the server connections, and has newcomers found only by those who lack peers.
     * @default 'stay'
     */
    signalingAtMax?: 'stay' | 'leave';
    /**
     * When Worker and wasm are loaded. `firstFrame`: once the title shows its first frame, so that startup is the player's
     * own; until the engine runs, the player's requests are its own, too, but for those that find 8 s or more to play: they
     * wait for it, up to 4 s. Where no frame comes (a hidden page, sound alone) they are loaded once there is media to play,
     * and at the latest 10 s after the first segment. `atOnce`: with the title's manifest, so that the first segments are
     * shared as well.
     * @default 'firstFrame'
     */
    start?: 'firstFrame' | 'atOnce';
    /**
     * Where data channels live: `auto` moves those to the Worker that the browser moves safely; `never` keeps all
     * on the page, and messages carry their bytes.
     * @default 'auto'
     */
    channelTransfer?: 'auto' | 'never';
    /**
     * The Worker's script, where a bundler does not find it. One of another origin than the page's is started through a
     * Blob: its server must send `Access-Control-Allow-Origin`, and a Content-Security-Policy allow both that origin and
     * `blob:` as `worker-src`.
     * @default worker.js beside this module
     */
    workerUrl?: string | URL;
    /**
     * The engine's wasm, of which a title loads the one that reads its manifest, and `fugitiveFetch` that of `resources`.
     * @default fugitive_dash.wasm, fugitive_hls.wasm and fugitive_resources.wasm beside the Worker's script
     */
    wasmUrls?: {
        dash?: string | URL;
        hls?: string | URL;
        resources?: string | URL;
    };
}
