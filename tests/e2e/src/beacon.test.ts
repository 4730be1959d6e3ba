// Reports for a site's own analytics reach another host without a preflight: at their interval, and when the page goes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { listen } from './loopback.js';
import { ROOT } from './process.js';
import { Swarm } from './swarm.js';

/** A report, and the method and type that it came by. */
interface Received { method: string | undefined; type: string | undefined; report: Record<string, unknown> }

test('reports_at_its_interval_and_when_the_page_goes', async (t) => {
  const swarm = await Swarm.start(t);
  const { url, received, until } = await analytics(t);
  const viewer = await swarm.watch();
  await viewer.playsPast(5);
  const script = await readFile(join(ROOT, 'dashjs-bridge/dist/beacon.js'), 'utf8');
  await viewer.page.evaluate(async ({ script, url }) => {
    const module = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const { startBeacon } = (await import(module)) as { startBeacon(fugitive: unknown, options: object): void };
    startBeacon(window.fugitiveDemo?.fugitive, { url, everyMs: 1_000, sid: 'often', cid: 'film' });
    startBeacon(window.fugitiveDemo?.fugitive, { url, everyMs: 3_600_000, sid: 'leaving' });
  }, { script, url });

  const { method, type, report } = await until(({ report }) => report['sid'] === 'often');
  assert.deepEqual([method, type], ['POST', 'text/plain;charset=UTF-8']);
  const { v, cid, sf } = report;
  assert.deepEqual({ v, cid, sf }, { v: 1, cid: 'film', sf: 'd' });
  assert.ok(Number(report['com.fugitive-seeder']) > 0, JSON.stringify(report));
  assert.ok(Number(report['bl']) > 0, JSON.stringify(report));
  assert.equal(received.filter(({ report }) => report['sid'] === 'leaving').length, 0);

  await viewer.page.goto('about:blank');
  await until(({ report }) => report['sid'] === 'leaving');
  assert.equal(received.filter(({ method }) => method !== 'POST').length, 0, 'no preflight');
});

/** A server of another origin that notes what it is sent. */
async function analytics(t: TestContext) {
  const received: Received[] = [];
  let onReport = () => undefined as void;
  const url = await listen(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => { body += part; });
    request.on('end', () => {
      const report = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
      received.push({ method: request.method, type: request.headers['content-type'], report });
      response.writeHead(204).end();
      onReport();
    });
  });
  const until = async (condition: (received: Received) => boolean): Promise<Received> => {
    for (;;) {
      const found = received.find(condition);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => { onReport = resolve; });
    }
  };
  return { url: `${url}/reports`, received, until };
}
