// A Worker has to be of the page's origin. A script of another one is started by a script of the page's own, a Blob,
// that imports it; its server must let the page read it (CORS).

/** Starts the module script at `url`, which is absolute. Throws where the browser allows no Worker. */
export function openWorker(url: string): Worker {
  if (new URL(url).origin === location.origin) return new Worker(url, { type: 'module' });
  const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  const revoke = () => URL.revokeObjectURL(address);
  try {
    const worker = new Worker(address, { type: 'module' });
    // The address is read after this turn: a word of the Worker's, or its failure, says that it was.
    for (const type of ['message', 'error']) worker.addEventListener(type, revoke, { once: true });
    return worker;
  } catch (error) {
    revoke();
    throw error;
  }
}
