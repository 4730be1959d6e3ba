// Consent: who was not asked yet takes and gives nothing; an answer holds at once, and may be taken back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swarm } from './swarm.js';
import type { Viewer } from './viewer.js';

test('gives_nothing_before_its_viewer_agrees_and_nothing_after_they_took_it_back', async (t) => {
  const swarm = await Swarm.start(t);
  const asked = await swarm.watch({ query: { uploads: 'ask' } });
  const policy = await asked.seesEvent('policyChanged');
  assert.deepEqual([policy.uploads, policy.reasons], ['off', ['noConsent']]);
  await asked.playsPast(4);

  const early = await joined(swarm, asked);
  await asked.seesEvent('consentNeeded');
  assert.deepEqual(await given(asked, early), { uploaded: 0, taken: 0 });
  await early.close();

  await asked.page.click('#consent-on');
  const welcome = await joined(swarm, asked);
  await welcome.until(() => (window.fugitiveDemo?.figures().bySource.peer ?? 0) > 0, 0, 30_000, 'nothing was given');
  assert.ok((await given(asked, welcome)).taken > 0);
  await welcome.close();

  await asked.page.evaluate(() => window.fugitiveDemo?.fugitive.allowUploads('off'));
  await asked.until(() => (window.fugitiveDemo?.events ?? []).filter(({ type, uploads }) => type === 'policyChanged'
    && uploads === 'off').length === 2, 0, 10_000, 'the answer did not arrive');
  const late = await joined(swarm, asked);
  assert.equal((await given(asked, late)).taken, 0);
  assert.equal((await asked.events('consentNeeded')).length, 1, 'it is asked once');
  assert.equal((await asked.figures()).stats.stalls, 0, await asked.report());
});

/** A viewer who is linked with another and has watched some of the film. */
async function joined(swarm: Swarm, other: Viewer): Promise<Viewer> {
  const viewer = await swarm.watch();
  for (const one of [viewer, other]) {
    await one.until(() => (window.fugitiveDemo?.figures().stats.peers ?? 0) > 0, 0, 20_000, 'the two never linked');
  }
  await viewer.playsPast(6);
  return viewer;
}

/** What the one has sent, and the other has had of viewers. */
async function given(from: Viewer, to: Viewer): Promise<{ uploaded: number; taken: number }> {
  return { uploaded: (await from.figures()).stats.uploaded, taken: (await to.figures()).bySource.peer };
}
