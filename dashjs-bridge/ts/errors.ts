// What `attachFugitive` throws: mistakes of the app, each with one line that says what to do.

/** An option is missing or out of its range. Mend it and attach again. */
export class FugitiveOptionError extends Error {
  override readonly name = 'FugitiveOptionError';
  /** The option's name in `FugitiveOptions`. */
  readonly option: string;

  constructor(option: string, expected: string) {
    super(`option ${option} must be ${expected}`);
    this.option = option;
  }
}

/** The player cannot be extended: it plays already, has a Fugitive, or is not dash.js 5. */
export class FugitiveAttachError extends Error {
  override readonly name = 'FugitiveAttachError';
}
