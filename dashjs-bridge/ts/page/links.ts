// The page's WebRTC connections, one per peer. Each has one reliable, ordered channel named `fugitive`, which
// the offerer makes; it moves to the Worker where that is safe, else its messages are carried across.
//
// A channel is safe to move before it is open, and the answerer's browser hands over an open one. So an answerer that can
// move channels makes its own end, ahead of the offer, as one that both sides agreed on (WebRTC 1.0, 6.1): the number of the
// offerer's first channel is known, for it is the DTLS server (RFC 8832, 6; RFC 8842, 5.2). The offerer's word that it has
// opened one then meets a channel that is there, and is ignored.

import { Channel, type Readiness } from '../channel.js';
import type { CoreInput, IceCandidate, IceServer } from '../core.js';
import type { LinkOutput } from '../messages.js';

/** What the connections use of the engine's host. */
export interface LinkHost {
  /** `link`: the number of the link that it is of. */
  tell(input: CoreInput, link: number, transfer?: Transferable[]): void;
  /** Moves a channel to the Worker; false where this browser cannot, or it is not wanted. */
  transfer(peer: string, link: number, channel: RTCDataChannel, readiness: Readiness): boolean;
}

interface Link {
  /** The Worker's: links to one peer follow each other, and what is said of one is not meant for the next. */
  number: number;
  connection: RTCPeerConnection;
  /** Set where the channel stayed on the page. */
  channel?: Channel;
  /** When the round trip is measured next; set once it was connected. */
  measuring?: ReturnType<typeof setTimeout>;
}

const LABEL = 'fugitive';
/** The first channel of a DTLS server: odd numbers are its. */
const OFFERERS_FIRST = 1;
/**
 * An offer of Chromium's or Safari's, by its first lines. They talk at once. Firefox takes its channel for open when the other side
 * has answered its word of it (it may: RFC 8832, 6), and a channel that was there before answers nothing; of links that native
 * peers offered some never came up so.
 */
const TALKS_AT_ONCE = /^o=- \d+ \d+ IN IP4 127\.0\.0\.1\r?$/m;
/** From so many peers on, numbers that are not as expected are no peer's own doing. */
const SEVERAL = 3;
/** When the round trip of a link that is up is measured first, and how often after that, in milliseconds. */
const MEASURE_FIRST_MS = 5_000;
const MEASURE_PERIOD_MS = 60_000;

export class Links {
  readonly #host: LinkHost;
  readonly #links = new Map<string, Link>();
  /** Whether new connections go over TURN alone, so that no peer learns this page's address. */
  relayOnly = false;
  /** Peers whose channel had another number than it should. */
  readonly #otherwise = new Set<string>();
  /** Whether it makes its own end of a channel that it is offered. */
  answersWith: 'own' | 'given' = 'given';

  constructor(host: LinkHost) {
    this.#host = host;
  }

  carryOut(output: LinkOutput, number: number): void {
    const { type, peer } = output;
    if (type === 'createOffer') return void this.#createOffer(peer, number, output.iceServers);
    if (type === 'acceptOffer') return void this.#acceptOffer(peer, number, output.sdp, output.iceServers);
    const link = this.#links.get(peer);
    if (link?.number !== number) return;
    switch (type) {
      case 'acceptAnswer': return void this.#acceptAnswer(peer, link, output.sdp);
      case 'addCandidate': return void addCandidate(link, output.candidate);
      case 'send': return link.channel?.send(output.bytes);
      case 'disconnect': return this.#disconnect(peer, link);
    }
  }

  closeAll(): void {
    for (const peer of [...this.#links.keys()]) this.#drop(peer);
  }

  async #createOffer(peer: string, number: number, iceServers: IceServer[]): Promise<void> {
    const link = this.#connect(peer, number, iceServers);
    if (link === undefined) return;
    const { connection } = link;
    this.#serve(peer, link, connection.createDataChannel(LABEL, { ordered: true }));
    await this.#describe(peer, link, () => connection.createOffer());
  }

  async #acceptOffer(peer: string, number: number, sdp: string, iceServers: IceServer[]): Promise<void> {
    const link = this.#connect(peer, number, iceServers);
    if (link === undefined) return;
    const { connection } = link;
    const ending = TALKS_AT_ONCE.test(sdp) ? this.answersWith : 'given';
    if (ending === 'own' && !this.#makeEnd(peer, link)) {
      this.answersWith = 'given';
      return this.#failed(peer, link);
    }
    // Messages may follow at once, so the channel is served before this handler returns.
    connection.ondatachannel = ({ channel }) => {
      connection.ondatachannel = null;
      if (ending === 'given') this.#serve(peer, link, channel);
      else this.#countOtherwise(peer, link);
    };
    await this.#describe(peer, link, async () => {
      await connection.setRemoteDescription({ type: 'offer', sdp });
      return connection.createAnswer();
    });
  }

  async #acceptAnswer(peer: string, link: Link, sdp: string): Promise<void> {
    await link.connection.setRemoteDescription({ type: 'answer', sdp }).catch(() => this.#failed(peer, link));
  }

  #connect(peer: string, number: number, iceServers: IceServer[]): Link | undefined {
    this.#drop(peer);
    let connection: RTCPeerConnection;
    try {
      connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: this.relayOnly ? 'relay' : 'all' });
    } catch {
      // No WebRTC here, too many connections, or a server list that it refuses.
      this.#host.tell({ type: 'peerClosed', peer }, number);
      return undefined;
    }
    const link: Link = { number, connection };
    this.#links.set(peer, link);
    connection.onconnectionstatechange = () => {
      const { connectionState } = connection;
      if (connectionState === 'connected') {
        link.measuring ??= setTimeout(() => void this.#measure(peer, link), MEASURE_FIRST_MS);
      }
      if (connectionState === 'failed' || connectionState === 'closed') this.#failed(peer, link);
    };
    return link;
  }

  async #measure(peer: string, link: Link): Promise<void> {
    const rttMs = roundTripMs(await link.connection.getStats().catch(() => undefined));
    if (this.#links.get(peer) !== link) return;
    if (rttMs !== undefined) this.#host.tell({ type: 'measured', peer, rttMs }, link.number);
    link.measuring = setTimeout(() => void this.#measure(peer, link), MEASURE_PERIOD_MS);
  }

  /** Sets the local description and tells of it, then of the candidates: never the other way round. */
  async #describe(
    peer: string, link: Link, describe: () => Promise<RTCSessionDescriptionInit>,
  ): Promise<void> {
    const { number, connection } = link;
    const early: IceCandidate[] = [];
    let told = false;
    const tell = (candidate: IceCandidate) => this.#host.tell({ type: 'localCandidate', peer, candidate }, number);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) return;
      if (told) tell(plain(candidate));
      else early.push(plain(candidate));
    };
    try {
      await connection.setLocalDescription(await describe());
    } catch {
      this.#failed(peer, link);
      return;
    }
    if (this.#links.get(peer) !== link) return;
    this.#host.tell({ type: 'localDescription', peer, sdp: connection.localDescription?.sdp ?? '' }, number);
    told = true;
    early.forEach(tell);
  }

  /** An offerer opened another channel than the numbers say: the link is given up. Where several do, it is this browser. */
  #countOtherwise(peer: string, link: Link): void {
    this.#otherwise.add(peer);
    if (this.#otherwise.size >= SEVERAL) this.answersWith = 'given';
    this.#failed(peer, link);
  }

  /** Makes the answerer's end of the channel, and moves it. */
  #makeEnd(peer: string, { number, connection }: Link): boolean {
    const channel = connection.createDataChannel(LABEL, { ordered: true, negotiated: true, id: OFFERERS_FIRST });
    return this.#host.transfer(peer, number, channel, 'spokenTo');
  }

  #serve(peer: string, link: Link, channel: RTCDataChannel): void {
    channel.binaryType = 'arraybuffer';
    // Chromium loses messages of a channel that moves when it is open already, or closes it. Those stay.
    if (channel.readyState === 'connecting' && this.#host.transfer(peer, link.number, channel, 'opened')) return;
    const tell = (input: CoreInput, transfer?: Transferable[]) => this.#host.tell(input, link.number, transfer);
    link.channel = new Channel(channel, {
      open: () => tell({ type: 'peerConnected', peer }),
      message: (bytes) => tell({ type: 'peerMessage', peer, bytes }, [bytes.buffer]),
      buffered: (bytes) => tell({ type: 'peerBuffered', peer, buffered: bytes }),
      closed: () => this.#failed(peer, link),
    });
  }

  #disconnect(peer: string, link: Link): void {
    if (link.channel === undefined) return this.#drop(peer);
    this.#forget(peer, link);
    link.channel.close(() => link.connection.close());
  }

  #failed(peer: string, link: Link): void {
    if (this.#links.get(peer) !== link) return;
    this.#drop(peer);
    this.#host.tell({ type: 'peerClosed', peer }, link.number);
  }

  #drop(peer: string): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#forget(peer, link);
    link.channel?.close(() => undefined);
    link.connection.close();
  }

  #forget(peer: string, { connection, measuring }: Link): void {
    this.#links.delete(peer);
    clearTimeout(measuring);
    connection.onicecandidate = connection.onconnectionstatechange = connection.ondatachannel = null;
  }
}

async function addCandidate({ connection }: Link, candidate: IceCandidate): Promise<void> {
  // A candidate that cannot be used is not the end of a link: others may do.
  await connection.addIceCandidate(candidate).catch(() => undefined);
}

/** The last round trip of the pair of addresses that is in use, where the browser tells. */
function roundTripMs(report: RTCStatsReport | undefined): number | undefined {
  let rttMs: number | undefined;
  report?.forEach(({ type, nominated, state, currentRoundTripTime: took }: RTCIceCandidatePairStats) => {
    if (type !== 'candidate-pair' || !nominated || state !== 'succeeded' || took === undefined) return;
    rttMs = Math.round(1_000 * took);
  });
  return rttMs;
}

function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): IceCandidate {
  return {
    candidate,
    ...(sdpMid !== null && { sdpMid }),
    ...(sdpMLineIndex !== null && { sdpMLineIndex }),
    ...(usernameFragment !== null && { usernameFragment }),
  };
}
