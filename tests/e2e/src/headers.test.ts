// Pages whose headers forbid more than most: the engine runs in them with what the documentation says.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FugitiveEvent } from '../../../dashjs-bridge/ts/fetch.js';
import { examples } from './examples.js';
import { ROOT } from './process.js';
import { serve } from './site.js';
import { launchBrowser } from './viewer.js';

const TRUSTED = { 'Content-Security-Policy': "require-trusted-types-for 'script'" };
const ISOLATED = { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Opener-Policy': 'same-origin' };

test('runs_where_trusted_types_are_required_with_the_documented_policy', async (t) => {
  const policy = (await examples()).find(({ text }) => text.includes('createPolicy('));
  assert.ok(policy !== undefined, 'the documentation has lost its policy');
  assert.equal((await said(t, TRUSTED, policy.text)).type, 'engineReady');
  const without = await said(t, TRUSTED);
  assert.match(without.type === 'engineFailed' ? without.reason : without.type, /^no Worker: .*TrustedScriptURL/);
});

test('runs_in_an_isolated_page_whose_worker_is_isolated_as_well', async (t) => {
  assert.equal((await said(t, ISOLATED)).type, 'engineReady');
});

/** What the engine of a page comes to, where everything is sent with the same headers. */
async function said(t: TestContext, headers: Record<string, string>, head = ''): Promise<FugitiveEvent> {
  const origin = await serve(t, {
    folders: { '/fugitive/': join(ROOT, 'dashjs-bridge/dist') },
    pages: { '/': `<!doctype html><title>A site</title>${head}` },
    headers,
  });
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  return page.evaluate(async () => {
    const address = '/fugitive/fetch.js';
    const { createFetch } = (await import(address)) as typeof import('../../../dashjs-bridge/ts/fetch.js');
    const { fugitive } = createFetch({ signalingUrl: '/v1/ws' });
    return new Promise<FugitiveEvent>((done) => {
      for (const type of ['engineReady', 'engineFailed'] as const) fugitive.on(type, done);
    });
  });
}
