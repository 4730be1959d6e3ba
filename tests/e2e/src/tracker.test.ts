// The second front: the clients of others, unmodified, meet each other through `/announce`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type Client from 'bittorrent-tracker';
import { description } from './fake-webrtc.js';
import { listen } from './loopback.js';
import { Process, ROOT } from './process.js';
import { launchBrowser } from './viewer.js';

const BUNDLE = 'node_modules/p2p-media-loader-core/dist/p2p-media-loader-core.es.js';
const INFO_HASH = `00ff80c3e9220a5c${'7f'.repeat(12)}`;
const PATIENCE_MS = 30_000;
/** What a client says it listens on; nobody asks. */
const PORT = 6881;
const SEGMENTS = 8;
const SEGMENT_BYTES = 100_000;

/** What a client of bittorrent-tracker tells, as far as it is looked at. */
interface Told {
  complete: number;
  incomplete: number;
  infoHash: string;
}

/** A peer that it hands out. */
interface Peer {
  id: string;
  _pc: { remoteDescription: { type: string; sdp: string } };
}

test('clients_of_bittorrent_tracker_exchange_offer_and_answer', async (t) => {
  const tracker = await startTracker(t);
  // Clients of one process share a socket per URL; these are to have one each.
  const a = await startClient(t, `${tracker}?a`, 'aa');
  const b = await startClient(t, `${tracker}?b`, 'e9');
  const alone = next<Told>(a, 'update');
  a.start();
  assert.equal((await alone).incomplete, 1);

  const met = Promise.all([next<Peer>(a, 'peer'), next<Peer>(b, 'peer')]);
  b.start();
  const [ofA, ofB] = await met;
  assert.deepEqual([ofA.id, ofB.id], ['e9'.repeat(20), 'aa'.repeat(20)]);
  const { type, sdp } = ofA._pc.remoteDescription;
  assert.deepEqual({ type, sdp }, { type: 'offer', sdp: description('actpass') });
  assert.equal(ofB._pc.remoteDescription.type, 'answer');
  assert.equal(ofB._pc.remoteDescription.sdp, description('active'));

  const counted = next<Told>(a, 'scrape');
  a.scrape();
  const { complete, incomplete, infoHash } = await counted;
  assert.deepEqual([complete, incomplete, infoHash], [0, 2, INFO_HASH]);
  const completed = next<Told>(b, 'update');
  b.complete({ left: 0 });
  assert.equal((await completed).complete, 1);
});

test('players_of_p2p_media_loader_share_segments', async (t) => {
  const tracker = await startTracker(t);
  const { origin, served } = await startOrigin(t);
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const first = await openLoader(browser, origin, tracker);
  await loaded(first, 'http', SEGMENTS);
  // All but the first segment are for others to give.
  const second = await openLoader(browser, origin, tracker, 1);
  await connected(first);
  await connected(second);
  await loaded(second, 'p2p', SEGMENTS - 1);
  assert.ok(served() < 2 * SEGMENTS, `${served()} segments came from the origin`);
  assert.deepEqual(await second.evaluate(() => window.heard.warnings), []);
});

/** Starts the server with its second front open; the front's URL. */
async function startTracker(t: TestContext): Promise<string> {
  const flags = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--webtorrent'];
  const [server, said] = await Process.start('fugitive-signaling', flags, /(ws:\/\/127\.0\.0\.1:\d+\/announce)/);
  t.after(() => server.stop());
  return said[1] ?? '';
}

async function startClient(t: TestContext, announce: string, peer: string): Promise<Client> {
  replaceWebRtc();
  const { default: Tracker } = await import('bittorrent-tracker');
  const client = new Tracker({ infoHash: INFO_HASH, peerId: peer.repeat(20), announce: [announce], port: PORT });
  t.after(() => new Promise<void>((done) => client.destroy(done)));
  return client;
}

let replaced = false;

/** Has what asks for webrtc-polyfill get the stand-in. */
function replaceWebRtc(): void {
  if (replaced) return;
  replaced = true;
  const stand = JSON.stringify(new URL('./fake-webrtc.ts', import.meta.url).href);
  const hook = `export const resolve = (name, context, next) => next(name === 'webrtc-polyfill' ? ${stand} : name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

/** The next thing that a client tells of this kind. A warning or error in its place is a failure. */
async function next<T>(client: Client, kind: string): Promise<T> {
  const trouble = (error: unknown) => client.emit('error', error);
  client.once('warning', trouble);
  const [told] = (await once(client, kind, { signal: AbortSignal.timeout(PATIENCE_MS) })) as [T];
  client.off('warning', trouble);
  return told;
}

/** Serves an empty page, the loader and segments; how many segments it has served. */
async function startOrigin(t: TestContext): Promise<{ origin: string; served: () => number }> {
  const bundle = await readFile(join(ROOT, BUNDLE));
  let served = 0;
  const origin = await listen(t, (request, response) => {
    const [type, body] = ((): [string, string | Buffer] => {
      if (request.url === '/core.js') return ['text/javascript', bundle];
      if (!request.url?.startsWith('/segment')) return ['text/html', '<!doctype html>'];
      served += 1;
      return ['video/mp4', Buffer.alloc(SEGMENT_BYTES, request.url)];
    })();
    response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
  });
  return { origin, served: () => served };
}

/** What the page notes of its loader. */
interface Heard {
  peers: number;
  sources: string[];
  warnings: string[];
}

declare global {
  interface Window {
    heard: Heard;
  }
}

/** The loader's members that the page uses. */
interface Loader {
  addEventListener(name: string, listener: (details: { downloadSource: string; warning: unknown }) => void): void;
  setManifestResponseUrl(url: string): void;
  addStreamIfNoneExists(stream: object): void;
  updateStream(id: string, segments: object[]): void;
  loadSegment(id: string, callbacks: object): Promise<void>;
  updatePlayback(position: number, rate: number): void;
}

/** Opens a page, in a profile of its own, that loads a stream's segments; from the origin those of its first seconds. */
async function openLoader(browser: Browser, origin: string, tracker: string, originS = 60): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  // tsx keeps functions' names by a call of this, which a page has not.
  await page.addInitScript('globalThis.__name ??= (named) => named;');
  await page.goto(origin);
  await page.evaluate(async ({ origin, tracker, count, originS }) => {
    const { Core } = (await import(`${origin}/core.js`)) as { Core: new (config: object) => Loader };
    const heard: Heard = { peers: 0, sources: [], warnings: [] };
    window.heard = heard;
    const core = new Core({
      swarmId: 'film', announceTrackers: [tracker], rtcConfig: { iceServers: [] },
      httpDownloadTimeWindow: originS, highDemandTimeWindow: originS,
    });
    core.addEventListener('onPeerConnect', () => (heard.peers += 1));
    core.addEventListener('onSegmentLoaded', ({ downloadSource }) => heard.sources.push(downloadSource));
    core.addEventListener('onTrackerWarning', ({ warning }) => heard.warnings.push(String(warning)));
    core.setManifestResponseUrl(`${origin}/film.m3u8`);
    core.addStreamIfNoneExists({ runtimeId: 'main', type: 'main', index: 'main' });
    const segments = Array.from({ length: count }, (_, place) => ({
      runtimeId: `s${place}`, externalId: place, url: `${origin}/segment${place}`, startTime: place * 4, endTime: place * 4 + 4,
    }));
    core.updateStream('main', segments);
    core.updatePlayback(0, 1);
    await core.loadSegment('s0', { onSuccess: () => undefined, onError: () => undefined });
    core.updatePlayback(0, 1);
  }, { origin, tracker, count: SEGMENTS, originS });
  return page;
}

async function connected(page: Page): Promise<void> {
  await page.waitForFunction(() => window.heard.peers > 0, undefined, { timeout: PATIENCE_MS });
}

async function loaded(page: Page, source: string, count: number): Promise<void> {
  const enough = ([source, count]: [string, number]) => window.heard.sources.filter((its) => its === source).length >= count;
  await page.waitForFunction(enough, [source, count] as [string, number], { timeout: PATIENCE_MS });
}
