// Waits for a title's first frame. Until then the player has the network and the processor to itself.
// Asks the element alone, so that any player would do.

/** How often the player is asked for its element, and the element for its state, in milliseconds. */
const PERIOD_MS = 250;
/** How long media that is there may take to be seen: a hidden page, or a picture behind another, shows no frame. */
const UNSEEN_PATIENCE_MS = 1_000;
/** How long after its first segment a title may take to be ready: what cannot start over HTTP alone gets its peers. */
const STARTUP_PATIENCE_MS = 10_000;

/** What is used of an element. Browsers without frames' callbacks begin when there is data. */
export type Screen = Pick<HTMLVideoElement, 'readyState' | 'videoWidth' | 'addEventListener'>
  & Partial<Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'cancelVideoFrameCallback'>>;

export class FirstFrame {
  readonly #findVideo: () => Screen | undefined;
  readonly #seen: () => void;
  #screen: Screen | undefined;
  #events: AbortController | undefined;
  #frame: number | undefined;
  #period: ReturnType<typeof setInterval> | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #startup: ReturnType<typeof setTimeout> | undefined;

  /** `seen` is called once for each `start`, unless `stop` comes first. */
  constructor(findVideo: () => Screen | undefined, seen: () => void) {
    this.#findVideo = findVideo;
    this.#seen = seen;
  }

  /** Whether a frame is waited for. */
  get waits(): boolean {
    return this.#period !== undefined;
  }

  /** A title begins. */
  start(): void {
    this.stop();
    this.#period = setInterval(() => this.#look(), PERIOD_MS);
    this.#look();
  }

  stop(): void {
    clearInterval(this.#period);
    clearTimeout(this.#unseen);
    clearTimeout(this.#startup);
    this.#period = this.#unseen = this.#startup = undefined;
    this.#leave();
  }

  /** The player has a segment. Before its first, as where nothing is loaded until the viewer's click, no frame is due. */
  mediaCame(): void {
    if (this.waits) this.#startup ??= setTimeout(() => this.#end(), STARTUP_PATIENCE_MS);
  }

  #look(): void {
    const screen = this.#findVideo();
    if (screen !== this.#screen) this.#watch(screen);
    if (screen !== undefined) this.#check(screen);
  }

  #watch(screen: Screen | undefined): void {
    this.#leave();
    this.#screen = screen;
    if (screen === undefined) return;
    this.#events = new AbortController();
    const { signal } = this.#events;
    for (const type of ['loadeddata', 'timeupdate']) {
      screen.addEventListener(type, () => this.#check(screen), { signal });
    }
    this.#frame = screen.requestVideoFrameCallback?.(() => this.#end());
  }

  #leave(): void {
    this.#events?.abort();
    if (this.#frame !== undefined) this.#screen?.cancelVideoFrameCallback?.(this.#frame);
    this.#screen = this.#events = this.#frame = undefined;
  }

  /** Data at the playhead: there is a frame to be seen, or sound alone. */
  #check(screen: Screen): void {
    if (!this.waits || screen.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    if (this.#frame === undefined || screen.videoWidth === 0) this.#end();
    else this.#unseen ??= setTimeout(() => this.#end(), UNSEEN_PATIENCE_MS);
  }

  #end(): void {
    if (!this.waits) return;
    this.stop();
    this.#seen();
  }
}
