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

/**
 * The player cannot be extended: it has its title already, had a Fugitive before, which `destroy()` does not undo, was
 * destroyed (Shaka), or is a dash.js that is neither 5 nor 4. Of hls.js and Shaka the version is not looked at.
 */
export class FugitiveAttachError extends Error {
  override readonly name = 'FugitiveAttachError';
}
