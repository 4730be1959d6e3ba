// The panel: this page's own choices, which start it anew under another address, and what the demo's server changes for
// all pages at once.

import { wishesOf, type Control, type DemoState } from './control.js';
import { bitrateText, bytesText } from './format.js';
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

  /** `say` tells what was done to those who do not see it. */
  constructor(settings: Settings, say: (text: string) => void) {
    this.#settings = settings;
    this.#say = say;
    this.#bindOwn();
    element('controls', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
  }

  /** Lets the panel change the demo; first what the address asks for. */
  async bind(control: Control, stream: string): Promise<void> {
    element('server-controls', HTMLFieldSetElement).disabled = false;
    setText(element('server-note', HTMLElement), '');
    this.#bindServer(control);
    const { wishes } = this.#settings;
    if (Object.keys(wishes).length > 0) await this.#change(control, wishes);
    control.onState((state) => this.#show(state, stream));
    control.start();
  }

  /** Shows the player that was chosen, and lets only those be chosen that play the stream. */
  showPlayer(choice: PlayerChoice, format: Format): void {
    const player = element('player', HTMLSelectElement);
    for (const { id, plays } of PLAYERS) {
      const option = [...player.options].find(({ value }) => value === id);
      if (option !== undefined) option.disabled = !plays.includes(format);
    }
    player.value = choice.id;
  }

  #bindOwn(): void {
    const settings = this.#settings;
    const player = element('player', HTMLSelectElement);
    player.append(...PLAYERS.map(({ id, title }) => new Option(title, id)));
    player.addEventListener('change', () => this.#restart({ player: player.value }));
    const device = element('device', HTMLSelectElement);
    device.value = settings.device;
    device.addEventListener('change', () => this.#restart({ device: device.value as Device }));
    const uploads = element('own-uploads', HTMLSelectElement);
    uploads.value = settings.uploads;
    uploads.addEventListener('change', () => this.#restart({ uploads: uploads.value as Settings['uploads'] }));
    for (const name of ['ahead', 'compare'] as const) {
      const box = element(`own-${name}`, HTMLInputElement);
      box.checked = settings[name];
      box.addEventListener('change', () => this.#restart({ [name]: box.checked }));
    }
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
    this.#viewers.addEventListener('input', () => setText(this.#viewersText, this.#viewers.value));
    this.#viewers.addEventListener('change', () => void this.#change(control, { viewers: Number(this.#viewers.value) }));
  }

  async #change(control: Control, wishes: Wishes): Promise<void> {
    try {
      await control.change(wishes);
      this.#trouble.hidden = true;
      this.#say(doneText(wishes));
    } catch (error) {
      setText(this.#trouble, error instanceof Error ? error.message : String(error));
      this.#trouble.hidden = false;
    }
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
    // Somebody may be dragging it.
    if (document.activeElement !== this.#viewers) this.#viewers.value = String(wishes.viewers ?? 0);
    setText(this.#viewersText, this.#viewers.value);
    setText(element('sent-viewers', HTMLElement), bytesText(state.origin.sentToViewers));
    setText(element('sent-seeders', HTMLElement), bytesText(state.origin.sentToSeeders));
    const trouble = state.members.find((member) => member.trouble !== undefined)?.trouble;
    setText(element('server-note', HTMLElement), trouble === undefined ? '' : `A simulated viewer cannot play: ${trouble}.`);
    const address = `${location.pathname}${writeSettings(this.#settings)}`;
    if (address !== `${location.pathname}${location.search}`) history.replaceState(null, '', address);
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
    viewers !== undefined && `${viewers} simulated viewers.`,
    poison !== undefined && `Poisoned viewer ${onOff(poison)}.`,
    kbps !== undefined && `The origin sends ${kbps === 0 ? 'without a limit' : `${kbps} kilobits a second`}.`,
    delayMs !== undefined && `The origin answers after ${delayMs} milliseconds.`,
    origin !== undefined && `Origin ${onOff(origin)}.`,
    seeder !== undefined && `Seeder ${onOff(seeder)}.`,
    signaling !== undefined && `Signaling ${onOff(signaling)}.`,
  ].filter((text) => text !== false).join(' ');
}
