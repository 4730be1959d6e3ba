// Titles that Shaka has loaded ahead: each is shared once it plays.

import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './process.js';
import { serve, serveFiles } from './site.js';
import { Station } from './station.js';

for (const manifest of ['manifest.mpd', 'master.m3u8']) {
  test(`a_title_that_shaka_has_loaded_ahead_is_shared_once_it_plays_${manifest}`, async (t) => {
    const station = await Station.start(t);
    const files = await serveFiles(t, join(ROOT, 'dashjs-bridge/dist'));
    const { film, signaling, digestKey } = station.places;
    const options = JSON.stringify({ signalingUrl: signaling, digestKey });
    await station.watch(await serve(t, {
      pages: {
        '/': `<!doctype html><title>A film</title>
          <script src="${files}/npm/shaka-player/dist/shaka-player.compiled.js"></script>
          <script src="${files}/fugitive/shaka.global.js"></script>
          <video muted autoplay></video>
          <script type="module">
            const player = new shaka.Player();
            fugitive.shaka.attachFugitive(shaka, player, ${options});
            await player.attach(document.querySelector('video'));
            const preloaded = await player.preload('${film}/${manifest}');
            await preloaded.waitForFinish();
            await player.load(preloaded);
          </script>`,
      },
    }));
  });
}
