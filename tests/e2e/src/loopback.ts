// A web server of a test's own.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** Starts it on a free port; it ends with the test, whoever is still connected. Returns its origin. */
export async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What has other sites' pages read an answer, and see how long it took. */
export const FOR_ALL_SITES = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Expose-Headers': 'Content-Range, Content-Length, Date',
  'Timing-Allow-Origin': '*',
};
