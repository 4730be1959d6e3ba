// What runs in each page of the bench: a peer without an engine. It joins a swarm, links to the seeder that it is introduced to,
// asks for what that offers over and over, and notes when pieces come. It stands alone: a browser is handed its text.

/** What a page saw. Times are milliseconds. */
export interface Seen {
  bytes: number;
  /** From the first message to signaling until the first piece. */
  firstPieceMs: number;
  /** The longest time without a piece, after the first ones. */
  longestGapMs: number;
}

/** The page's peer, for whoever drives the page. */
export interface Receiver {
  /** Resolves with the first piece. */
  started: Promise<void>;
  /** What was seen since the last call. */
  take(): Seen;
}

declare const MessagePack: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown };

/** A segment's key, with its number of pieces. */
interface Run { key: unknown; first: number; count: number }

export function receive(signaling: string, swarm: string): Receiver {
  const PIECE = 16_384;
  const RUN = 4;
  const REQUESTS = 16;
  const tag = { hello: 0, announce: 1, request: 2, piece: 3, reject: 5 };
  let begun = 0;
  const runs: Run[] = [];
  const underWay = new Map<number, Run & { left: number }>();
  const seen: Seen = { bytes: 0, firstPieceMs: 0, longestGapMs: 0 };
  let last = 0;
  let next = 0;
  let pausedUntil = 0;
  let start: () => void;
  const started = new Promise<void>((done) => { start = done; });

  const connection = new RTCPeerConnection();
  const channel = connection.createDataChannel('fugitive');
  channel.binaryType = 'arraybuffer';
  const send = (frame: unknown[]) => channel.send(new Uint8Array(MessagePack.encode(frame)));
  const ask = () => {
    while (underWay.size < REQUESTS && performance.now() >= pausedUntil) {
      const run = runs.shift();
      if (run === undefined) return;
      next += 1;
      underWay.set(next, { ...run, left: run.count });
      send([tag.request, next, run.key, run.first, run.count]);
    }
  };
  const offered = (came: [unknown, number, unknown, number][]) => {
    for (const [key, size, holds] of came) {
      const pieces = Math.ceil(size / PIECE);
      if (holds !== null) continue;
      for (let first = 0; first < pieces; first += RUN) runs.push({ key, first, count: Math.min(RUN, pieces - first) });
    }
  };
  const came = (request: number, bytes: number) => {
    const now = performance.now();
    if (seen.firstPieceMs === 0) seen.firstPieceMs = now - begun;
    if (last > 0) seen.longestGapMs = Math.max(seen.longestGapMs, now - last);
    last = now;
    seen.bytes += bytes;
    start();
    const run = underWay.get(request);
    if (run === undefined) return;
    run.left -= 1;
    if (run.left > 0) return;
    underWay.delete(request);
    runs.push(run);
  };
  const refused = (request: number, retryMs: number) => {
    const run = underWay.get(request);
    underWay.delete(request);
    if (run !== undefined) runs.push(run);
    pausedUntil = performance.now() + retryMs;
    setTimeout(ask, retryMs + 1);
  };
  channel.onopen = () => send([tag.hello, 1, swarm, 0, crypto.getRandomValues(new Uint8Array(8)), 0]);
  channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    const frame = MessagePack.decode(new Uint8Array(data)) as unknown[];
    if (frame[0] === tag.piece) came(frame[1] as number, data.byteLength);
    if (frame[0] === tag.announce) offered(frame[1] as [unknown, number, unknown, number][]);
    if (frame[0] === tag.reject) refused(frame[1] as number, frame[3] as number);
    ask();
  };

  const socket = new WebSocket(signaling);
  let seeder = '';
  const tell = (signal: object) => socket.send(JSON.stringify({ type: 'signal', to: seeder, signal }));
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null) return;
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    tell({ kind: 'candidate', candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment });
  };
  socket.onopen = () => {
    begun = performance.now();
    socket.send(JSON.stringify({ type: 'join', version: 1, swarm, want: 1 }));
  };
  socket.onmessage = async ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as { type: string; peer: string; signal: { kind: string; sdp: string } };
    if (message.type === 'paired') {
      seeder = message.peer;
      await connection.setLocalDescription(await connection.createOffer());
      tell({ kind: 'offer', sdp: connection.localDescription?.sdp });
    } else if (message.type === 'signal' && message.signal.kind === 'answer') {
      await connection.setRemoteDescription({ type: 'answer', sdp: message.signal.sdp });
    } else if (message.type === 'signal' && message.signal.kind === 'candidate') {
      await connection.addIceCandidate(message.signal as RTCIceCandidateInit);
    }
  };
  const take = () => {
    const taken = { ...seen };
    Object.assign(seen, { bytes: 0, longestGapMs: 0 });
    return taken;
  };
  return { started, take };
}
