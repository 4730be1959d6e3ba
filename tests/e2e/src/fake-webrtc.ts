// In place of webrtc-polyfill, whose native part is not installed: connections that describe a data channel, note what
// the other side says, and connect to nobody.

interface Description {
  type: string;
  sdp: string;
}

/** A data channel's description, with a candidate of this machine. */
export function description(setup: 'actpass' | 'active'): string {
  const lines = [
    'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv',
    `a=fingerprint:sha-256 ${Array<string>(32).fill('AB').join(':')}`, `a=setup:${setup}`, 'a=mid:0',
    'a=sctp-port:5000', 'a=candidate:1 1 udp 2113937151 127.0.0.1 50000 typ host',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

export class RTCPeerConnection {
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  readonly signalingState = 'stable';
  readonly iceConnectionState = 'new';
  readonly iceGatheringState = 'complete';
  onicecandidate: ((event: { candidate: null }) => void) | null = null;

  createDataChannel(label: string): object {
    return { label, readyState: 'connecting', close: () => undefined };
  }

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: 'offer', sdp: description('actpass') });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: description('active') });
  }

  setLocalDescription(own: Description): Promise<void> {
    this.localDescription = own;
    setImmediate(() => this.onicecandidate?.({ candidate: null }));
    return Promise.resolve();
  }

  setRemoteDescription(other: Description): Promise<void> {
    this.remoteDescription = other;
    return Promise.resolve();
  }

  getStats(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.onicecandidate = null;
  }
}

export class RTCSessionDescription implements Description {
  readonly type: string;
  readonly sdp: string;

  constructor({ type, sdp }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

export class RTCIceCandidate {}
