// The panel: this page's own choices, which start it anew under another address, and what the demo's server changes for
// all pages at once.

import { changesTo, wishesOf, type Control, type DemoState } from './control.js';
import { bitrateText, bytesText, countText } from './format.js';
import { element, setText } from './page.js';
import { PLAYERS, type Format, type PlayerChoice } from './players.js';
import { writeSettings, type Device, type Settings, type Wishes } from './settings.js';

/** The switches of the server: the id of each, and what of the wishes it is. */
const SWITCHES = [
  ['origin-on', 'origin'], ['seeder-on', 'seeder'], ['signaling-on', 'signaling'], ['poison-on', 'poison'],
] as const;
/** The choices of a number. */
const CHOICES = [['origin-kbps', 'kbps'], ['origin-delay', 'delayMs']] as const;

export class Panel {
  readonly #settings: Settings;
  readonly #say: (text: string) => void;
  readonly #viewers = element('viewers', HTMLInputElement);
  readonly #viewersText = element('viewers-text', HTMLElement);
  readonly #trouble = element('control-trouble', HTMLElement);
  #player: string | undefined;
  /** Somebody moves the slider: it is not to be moved under their hand. */
  #isDragging = false;
  /** Whether the simulated viewers have been this stream's. */
  #hadViewers = false;

  /** `say` tells what was done to those who do not see it. */
  constructor(settings: Settings, say: (text: string) => void) {
    this.#settings = settings;
    this.#say = say;
    this.#bindOwn();
    this.#showOwn();
    // Browsers put back what a form said when the page was left.
    window.addEventListener('pageshow', () => this.#showOwn());
    element('controls', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
  }

  /** Lets the panel change the demo; first to what the address says, which says nothing where it is `bare`. */
  async bind(control: Control, address: 'bare' | 'told'): Promise<void> {
    const { stream } = control;
    const fields = element('server-controls', HTMLFieldSetElement);
    fields.disabled = false;
    setText(element('server-note', HTMLElement), '');
    this.#bindServer(control);
    const state = await control.start();
    if (state !== undefined) {
      this.#settings.startKbps = state.origin.startKbps;
      const changes = address === 'bare' ? {} : changesTo(this.#settings.wishes, state, stream);
      if (Object.keys(changes).length > 0) await this.#change(control, changes);
    }
    control.onState((state) => this.#show(state, stream));
    control.onReach((reach) => {
      fields.disabled = reach === 'away';
      if (reach === 'away') this.#complain('The demo\'s server cannot be reached: does it still run?');
      this.#trouble.hidden = reach === 'here';
    });
  }

  /** Shows the player that was chosen, and lets only those be chosen that play the stream. */
  showPlayer(choice: PlayerChoice, format: Format): void {
    const player = element('player', HTMLSelectElement);
    for (const { id, plays } of PLAYERS) {
      const option = [...player.options].find(({ value }) => value === id);
      if (option !== undefined) option.disabled = !plays.includes(format);
    }
    this.#player = choice.id;
    this.#showOwn();
  }

  #bindOwn(): void {
    const player = element('player', HTMLSelectElement);
    player.append(...PLAYERS.map(({ id, title }) => new Option(title, id)));
    player.addEventListener('change', () => this.#restart({ player: player.value }));
    const device = element('device', HTMLSelectElement);
    device.addEventListener('change', () => this.#restart({ device: device.value as Device }));
    const uploads = element('own-uploads', HTMLSelectElement);
    uploads.addEventListener('change', () => this.#restart({ uploads: uploads.value as Settings['uploads'] }));
    for (const name of ['ahead', 'compare'] as const) {
      const box = element(`own-${name}`, HTMLInputElement);
      box.addEventListener('change', () => this.#restart({ [name]: box.checked }));
    }
  }

  #showOwn(): void {
    const { device, uploads, ahead, compare } = this.#settings;
    if (this.#player !== undefined) element('player', HTMLSelectElement).value = this.#player;
    element('device', HTMLSelectElement).value = device;
    element('own-uploads', HTMLSelectElement).value = uploads;
    element('own-ahead', HTMLInputElement).checked = ahead;
    element('own-compare', HTMLInputElement).checked = compare;
  }

  /** Opens the page anew: the engine reads its options once. */
  #restart(change: Partial<Settings>): void {
    const { muted } = element('video', HTMLVideoElement);
    // Somebody is here who has touched the page: it may go on playing, without sound where the browser wants that.
    location.search = writeSettings({ ...this.#settings, ...change, autoplay: true, muted });
  }

  #bindServer(control: Control): void {
    for (const [id, name] of SWITCHES) {
      const box = element(id, HTMLInputElement);
      box.addEventListener('change', () => void this.#change(control, { [name]: box.checked }));
    }
    for (const [id, name] of CHOICES) {
      const select = element(id, HTMLSelectElement);
      select.addEventListener('change', () => void this.#change(control, { [name]: Number(select.value) }));
    }
    this.#viewers.addEventListener('input', () => {
      this.#isDragging = true;
      setText(this.#viewersText, this.#viewers.value);
    });
    this.#viewers.addEventListener('change', () => {
      this.#isDragging = false;
      void this.#change(control, { viewers: Number(this.#viewers.value) });
    });
  }

  async #change(control: Control, wishes: Wishes): Promise<void> {
    try {
      await control.change(wishes);
      this.#trouble.hidden = true;
      this.#say(doneText(wishes));
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
      // The control goes back to what is.
      if (control.last !== undefined) this.#show(control.last, control.stream);
    }
  }

  #complain(text: string): void {
    setText(this.#trouble, text);
    this.#trouble.hidden = false;
  }

  #show(state: DemoState, stream: string): void {
    const wishes = wishesOf(state, stream);
    this.#settings.wishes = wishes;
    for (const [id, name] of SWITCHES) {
      const box = element(id, HTMLInputElement);
      box.checked = wishes[name] ?? false;
      box.disabled = wishes[name] === undefined;
    }
    for (const [id, name] of CHOICES) choose(element(id, HTMLSelectElement), wishes[name] ?? 0);
    this.#viewers.max = String(state.viewers.most);
    if (!this.#isDragging) this.#viewers.value = String(wishes.viewers ?? 0);
    setText(this.#viewersText, this.#viewers.value);
    setText(element('sent-viewers', HTMLElement), bytesText(state.origin.sentToViewers));
    setText(element('sent-seeders', HTMLElement), bytesText(state.origin.sentToSeeders));
    setText(element('server-note', HTMLElement), this.#noteOf(state, stream));
    const address = `${location.pathname}${writeSettings(this.#settings)}`;
    if (address !== `${location.pathname}${location.search}`) history.replaceState(null, '', address);
  }

  /** What there is to say of the simulated viewers. */
  #noteOf({ viewers, members }: DemoState, stream: string): string {
    const trouble = members.find((member) => member.trouble !== undefined)?.trouble;
    if (trouble !== undefined) return `A simulated viewer cannot play: ${trouble}.`;
    if (viewers.stream === stream) this.#hadViewers = viewers.count > 0;
    const areTaken = this.#hadViewers && viewers.stream !== stream;
    return areTaken ? `Another page has called the simulated viewers to its stream, ${viewers.stream}.` : '';
  }
}

/** Chooses a number; one that is not in the list is added to it. */
function choose(select: HTMLSelectElement, value: number): void {
  if (document.activeElement === select && select.value === String(value)) return;
  if (![...select.options].some((option) => Number(option.value) === value)) {
    select.append(new Option(select.id === 'origin-kbps' ? bitrateText(value * 1_000) : `${value} ms`, String(value)));
  }
  select.value = String(value);
}

function doneText(wishes: Wishes): string {
  const onOff = (runs: boolean) => (runs ? 'on' : 'off');
  const { viewers, poison, kbps, delayMs, origin, seeder, signaling } = wishes;
  return [
    viewers !== undefined && `${countText(viewers, 'simulated viewer')}.`,
    poison !== undefined && `Poisoned viewer ${onOff(poison)}.`,
    kbps !== undefined && `The origin sends ${kbps === 0 ? 'without a limit' : `${kbps} kilobits a second`}.`,
    delayMs !== undefined && `The origin answers after ${delayMs} milliseconds.`,
    origin !== undefined && `Origin ${onOff(origin)}.`,
    seeder !== undefined && `Seeder ${onOff(seeder)}.`,
    signaling !== undefined && `Signaling ${onOff(signaling)}.`,
  ].filter((text) => text !== false).join(' ');
}
