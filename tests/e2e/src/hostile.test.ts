// Peers that lie, servers that are not there, input that is none: an event each, and playback goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleDigests, Swarm } from './swarm.js';

test('drops_a_peer_after_one_altered_piece_and_plays_on', async (t) => {
  const swarm = await Swarm.startApart(t);
  const honest = await swarm.watch();
  // A real peer whose page spoils each piece on its way out. A piece is an array of five whose tag is 3.
  const liar = await swarm.watch({
    transfer: 'never',
    before: () => {
      const send = RTCDataChannel.prototype.send;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        if (data instanceof Uint8Array && data[0] === 0x95 && data[1] === 3) {
          const spoilt = new Uint8Array(data);
          spoilt[spoilt.length - 1] = (spoilt[spoilt.length - 1] ?? 0) ^ 0xff;
          return send.call(this, spoilt);
        }
        return send.call(this, data as ArrayBufferView<ArrayBuffer>);
      };
    },
  });
  await Promise.all([honest, liar].map((viewer) => viewer.playsPast(12)));
  const victim = await swarm.watch();
  const { peer } = await victim.seesEvent('corruptPiece');
  await victim.until((peer) => window.fugitiveDemo?.events.some((event) =>
    event.type === 'peerLeft' && event.peer === peer && event.reason === 'corrupt') ?? false, peer, 10_000,
  'the liar was not dropped');
  await victim.playsPast(20);

  const { stats } = await victim.figures();
  const altered = await victim.events('corruptPiece');
  t.diagnostic(`altered pieces: ${altered.length}, right ones: ${stats.verified}`);
  assert.deepEqual(altered.map((event) => event.peer), [peer], 'one piece is enough');
  assert.equal(stats.corrupt, 1);
  const joined = (await victim.events('peerJoined')).filter((event) => event.peer === peer);
  assert.equal(joined.length, 1, 'it was taken back');
  assert.equal(stats.stalls, 0, await victim.report());
  const right = await sampleDigests();
  const appended = await victim.appended();
  assert.ok(appended.length > 10);
  assert.deepEqual(appended.filter((digest) => !right.has(digest)), []);
});

test('plays_over_http_where_signaling_cannot_be_reached', async (t) => {
  const swarm = await Swarm.start(t);
  // Port 9 is discard: nothing listens there on loopback.
  const viewer = await swarm.watch({ config: { signalingUrl: 'ws://127.0.0.1:9/v1/ws' } });
  const lost = await viewer.seesEvent('signalingLost');
  assert.equal(typeof (lost as { retryInMs?: unknown }).retryInMs, 'number');
  await viewer.playsPast(6);
  const { bySource, stats } = await viewer.figures();
  assert.equal(stats.stalls, 0);
  assert.equal(bySource.peer + bySource.seeder, 0);
  assert.ok(bySource.origin > 0);
});

test('tells_of_a_manifest_that_is_none', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({
    // No frame will ever be shown.
    query: { start: 'atOnce' },
    config: { streams: [{ id: 'vod', title: 'Not a manifest', manifestUrl: '/config.json', swarm: 'vod' }] },
  });
  const { reason } = await viewer.seesEvent('manifestRejected');
  assert.match(String(reason), /neither a DASH MPD nor an HLS playlist/);
  assert.equal((await viewer.figures()).stats.state, 'running');
  const trouble = viewer.page.getByRole('alert');
  await trouble.waitFor({ state: 'visible' });
});

test('throws_one_line_for_an_option_out_of_range', async (t) => {
  const swarm = await Swarm.start(t);
  const viewer = await swarm.watch({ config: { digestKey: 'abc' } });
  const trouble = viewer.page.getByRole('alert');
  await trouble.waitFor({ state: 'visible' });
  assert.match(await trouble.innerText(), /digestKey must be/);
});

test('drops_a_peer_of_another_version_and_plays_on', async (t) => {
  const swarm = await Swarm.startApart(t);
  // A page from another day: its first message on each channel, the handshake, tells another version.
  const stranger = await swarm.watch({
    transfer: 'never',
    before: () => {
      const send = RTCDataChannel.prototype.send;
      const greeted = new WeakSet<RTCDataChannel>();
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        if (data instanceof Uint8Array && !greeted.has(this)) {
          greeted.add(this);
          // [0, version, ...] in MessagePack: array head, tag, version.
          const hello = new Uint8Array(data);
          hello[2] = 99;
          return send.call(this, hello);
        }
        return send.call(this, data as ArrayBufferView<ArrayBuffer>);
      };
    },
  });
  await stranger.playsPast(3);
  const viewer = await swarm.watch();
  await viewer.until(() => window.fugitiveDemo?.events.some(({ type, reason }) =>
    type === 'peerLeft' && reason === 'version') ?? false, 0, 30_000, 'no peer was refused for its version');
  await viewer.playsOn(5);
  assert.equal((await viewer.figures()).stats.stalls, 0);
});
