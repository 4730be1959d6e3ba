// What app and player make of a segment's URL: the engine asks there, too, and is not asked for long where it cannot.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Fugitive } from '../../../dashjs-bridge/ts/index.js';
import { FOR_ALL_SITES, listen } from './loopback.js';
import { ROOT } from './process.js';
import { serveFiles } from './site.js';
import { launchBrowser } from './viewer.js';

declare global {
  interface Window {
    /** The page's own. */
    fugitive: Fugitive;
  }
}

const OPTIONS = "{ signalingUrl: 'ws://127.0.0.1:1/', trust: 'open', start: 'atOnce' }";
/** Players whose app puts a token into the URLs of segments. */
const WITH_TOKEN = {
  dashjs: `
    const player = dashjs.MediaPlayer().create();
    window.fugitive = fugitive.dashjs.attachFugitive(player, ${OPTIONS});
    player.addRequestInterceptor(async (request) => {
      if (/\\.m(4s|p4)$/.test(request.url)) request.url += '?token=x';
      return request;
    });
    player.initialize(video, '/media/manifest.mpd', true);`,
  shaka: `
    const player = new shaka.Player();
    window.fugitive = fugitive.shaka.attachFugitive(shaka, player, ${OPTIONS});
    player.getNetworkingEngine().registerRequestFilter((type, request) => {
      if (type === shaka.net.NetworkingEngine.RequestType.SEGMENT) request.uris = request.uris.map((uri) => uri + '?token=x');
    });
    void player.attach(video).then(() => player.load('/media/manifest.mpd'));`,
  hlsjs: `
    const player = new Hls({
      xhrSetup: (xhr, url) => { xhr.open('GET', /\\.m(4s|p4)$/.test(url) ? url + '?token=x' : url, true); },
    });
    window.fugitive = fugitive.hlsjs.attachFugitive(player, ${OPTIONS});
    player.loadSource('/media/master.m3u8');
    player.attachMedia(video);`,
};
const BUILDS = {
  dashjs: 'dashjs/dist/modern/umd/dash.all.min.js', shaka: 'shaka-player/dist/shaka-player.compiled.js',
  hlsjs: 'hls.js/dist/hls.min.js',
};

for (const player of ['dashjs', 'shaka'] as const) {
  test(`a_token_that_the_app_adds_with_${player}_is_on_the_engines_requests`, async (t) => {
    const origin = await Origin.start(t, (url) => url.searchParams.get('token') === 'x');
    const { plain, received, declined } = await origin.playing(t, player, WITH_TOKEN[player], 6);
    assert.deepEqual([origin.refused, plain.requests, declined], [0, 0, 0]);
    assert.ok(received.origin > 0);
  });
}

test('an_engine_that_gets_nothing_where_the_player_does_is_left_alone', async (t) => {
  const origin = await Origin.start(t, (url) => url.searchParams.get('token') === 'x');
  const { plain } = await origin.playing(t, 'hlsjs', WITH_TOKEN.hlsjs, 6);
  assert.ok(plain.requests > 10, `${plain.requests} requests of the player's own`);
  // Several are on their way when the third fails.
  assert.ok(origin.refused < 8, `${origin.refused} requests of the engine's failed`);
});

test('goes_on_at_the_cdn_that_the_player_goes_over_to', async (t) => {
  let there: 'yes' | 'no' = 'yes';
  const away = await Origin.start(t, () => there === 'yes');
  const here = await Origin.start(t, () => true);
  const bases = [away, here].map(({ url }, index) => `<BaseURL serviceLocation="${index}">${url}/media/</BaseURL>`).join('');
  here.pages.set('/two.mpd', (await readFile(join(ROOT, 'sample-media/manifest.mpd'), 'utf8')).replace('<Period', `${bases}<Period`));
  const script = `
    const player = dashjs.MediaPlayer().create();
    window.fugitive = fugitive.dashjs.attachFugitive(player, ${OPTIONS});
    const bufferTimes = { bufferTimeDefault: 12, bufferTimeAtTopQuality: 12, bufferTimeAtTopQualityLongForm: 12 };
    player.updateSettings({ streaming: { buffer: bufferTimes } });
    player.initialize(video, '/two.mpd', true);`;
  const { plain, declined } = await here.playing(t, 'dashjs', script, 20, () => { there = 'no'; });
  assert.ok(away.refused > 0 && declined > 0);
  assert.equal(plain.requests, 0, 'the engine has what the player asks for there');
});

/** A server of a site and its media, which refuses segments as the test says. */
class Origin {
  readonly url: string;
  readonly pages = new Map<string, string>();
  refused = 0;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(t: TestContext, admits: (url: URL) => boolean): Promise<Origin> {
    const url = await listen(t, async (request, response) => {
      const asked = new URL(request.url ?? '/', origin.url);
      const page = origin.pages.get(asked.pathname);
      const type = asked.pathname.endsWith('.html') ? { 'Content-Type': 'text/html; charset=utf-8' } : {};
      if (page !== undefined) return void response.writeHead(200, { ...type, ...FOR_ALL_SITES }).end(page);
      if (/\.m(4s|p4)$/.test(asked.pathname) && !admits(asked)) {
        origin.refused += 1;
        return void response.writeHead(403, FOR_ALL_SITES).end();
      }
      const body = await readFile(join(ROOT, 'sample-media', asked.pathname.replace('/media/', ''))).catch(() => undefined);
      response.writeHead(body === undefined ? 404 : 200, FOR_ALL_SITES).end(body);
    });
    const origin = new Origin(url);
    return origin;
  }

  /** What was counted once a page of the site has played so many seconds; `begun` is called when it has begun. */
  async playing(t: TestContext, player: keyof typeof BUILDS, script: string, seconds: number, begun?: () => void) {
    const files = await serveFiles(t, join(ROOT, 'dashjs-bridge/dist'));
    this.pages.set('/page.html', `<!doctype html><title>A site</title><video muted autoplay></video>
      <script src="${files}/npm/${BUILDS[player]}"></script><script src="${files}/fugitive/${player}.global.js"></script>
      <script>const video = document.querySelector('video');${script}</script>`);
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${this.url}/page.html`);
    const past = (seconds: number) => page.waitForFunction((seconds) =>
      (document.querySelector('video')?.currentTime ?? 0) > seconds, seconds, { timeout: 60_000 });
    await past(2);
    begun?.();
    await past(seconds);
    // The Worker tells once a second.
    await page.waitForTimeout(1_500);
    return page.evaluate(() => window.fugitive.stats());
  }
}
