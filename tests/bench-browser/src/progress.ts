// What is going on, on standard error: standard output is for the figures.

/** The bench was told to stop. */
export class Stopped extends Error {
  constructor(cause?: unknown) {
    super('stopped before its end', { cause });
  }
}

export class Progress {
  readonly #total: number;
  #done = 0;
  #stopped = false;

  constructor(total: number) {
    this.#total = total;
  }

  /** Nothing more is begun, and what fails from now on ends the run. */
  stop(): void {
    this.#stopped = true;
  }

  /** Announces `what`, does it, and tells how it went. One that fails leaves a gap in the figures, and the others go on. */
  async run<T>(what: string, act: () => Promise<T>, describe: (result: T) => string): Promise<T | undefined> {
    if (this.#stopped) throw new Stopped();
    this.#done += 1;
    const label = `[${this.#done}/${this.#total}] ${what}`;
    console.error(`${label} ...`);
    const begun = performance.now();
    try {
      const result = await act();
      console.error(`${label}: ${describe(result)} (${((performance.now() - begun) / 1_000).toFixed(0)} s)`);
      return result;
    } catch (error) {
      if (this.#stopped) throw new Stopped(error);
      console.error(`${label}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}
