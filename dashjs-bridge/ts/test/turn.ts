// Turns of the event loop, in which what is due by then gets done.

/** One turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** As many as any chain of promises and messages here takes. */
export async function turns(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await turn();
}
