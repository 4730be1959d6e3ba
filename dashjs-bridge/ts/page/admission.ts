// What this page tells signaling of itself when it joins: the app's token, its time zone, the CDN's point of presence that
// answered it, and its position to half a degree where the app asked for that. Nothing more exact leaves the page.

import type { CheckedOptions } from '../check.js';
import type { Hints } from '../core.js';
import type { Admission } from '../messages.js';

/** The one call that is used of the browser's `Geolocation`. */
export type Locator = Pick<Geolocation, 'getCurrentPosition'>;

/** How long a join waits for the position, in milliseconds: the viewer may be asked first. A later one is for the next. */
const POSITION_PATIENCE_MS = 2_000;
/**
 * How long a join waits for the app's function for the token, in milliseconds: one that never settles is to hold up this
 * join, and not those after it.
 */
const TOKEN_PATIENCE_MS = 10_000;
/** How old a position may be, in milliseconds: half a degree is far. */
const POSITION_AGE_MS = 86_400_000;
/** Headers that name the point of presence by its airport, at their head or end: CloudFront, Cloudflare, Fastly. */
const POP_HEADERS = ['x-amz-cf-pop', 'cf-ray', 'x-served-by'];
const AIRPORT = /^[A-Z]{3}|[A-Z]{3}$/;

export class AdmissionDesk {
  readonly #token: CheckedOptions['token'];
  readonly #position: CheckedOptions['position'];
  readonly #locator: Locator | undefined;
  readonly #hints: Hints = {};
  #located: Promise<void> | undefined;

  constructor({ token, position }: Pick<CheckedOptions, 'token' | 'position'>, locator?: Locator) {
    this.#token = token;
    this.#position = position;
    this.#locator = locator;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    if (timeZone) this.#hints.zone = timeZone;
  }

  /** Headers of a response, by their names in small letters. The first of a title that name a point of presence count. */
  responded(headers: Record<string, string>): void {
    for (const name of POP_HEADERS) {
      const pop = AIRPORT.exec(headers[name] ?? '')?.[0];
      if (pop !== undefined) this.#hints.pop ??= pop;
    }
  }

  /** The next title may come from another CDN. */
  titleClosed(): void {
    delete this.#hints.pop;
  }

  /** What to tell now; nothing where the app's function for the token fails or takes too long. */
  async admission(): Promise<Admission | undefined> {
    // The viewer is asked once, whatever they say and however many titles there are.
    if (this.#position === 'high') this.#located ??= this.#locate();
    try {
      const [token] = await Promise.all([
        typeof this.#token === 'function' ? Promise.race([this.#token(), tooLate()]) : this.#token,
        this.#located && Promise.race([this.#located, patience()]),
      ]);
      return { ...(token !== undefined && { token: String(token) }), hints: { ...this.#hints } };
    } catch {
      return undefined;
    }
  }

  #locate(): Promise<void> {
    const locator: Locator | undefined = this.#locator ?? navigator.geolocation;
    return new Promise((resolve) => {
      // No position is no reason not to join: it is refused, unknown, or there is no https.
      if (locator === undefined) return resolve();
      locator.getCurrentPosition(({ coords: { latitude, longitude } }) => {
        this.#hints.north = Math.round(2 * latitude);
        this.#hints.east = Math.round(2 * longitude);
        resolve();
      }, () => resolve(), { maximumAge: POSITION_AGE_MS });
    });
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => { setTimeout(reject, TOKEN_PATIENCE_MS); });
}

function patience(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, POSITION_PATIENCE_MS); });
}
