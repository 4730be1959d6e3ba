// What is told of devices, from what browsers let a page know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceState } from '../core.js';
import { DeviceWatch, type DeviceSources } from '../page/device.js';
import { turn } from './turn.js';

const DESKTOP: DeviceState = { metered: 'no', visibility: 'visible', class: 'desktop', consent: 'on' };
const PHONE = 'Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile';

test('takes_a_browser_that_tells_nothing_for_a_desktop', async () => {
  const { told } = watch({});
  await turn();
  assert.deepEqual(told, [DESKTOP]);
});

test('knows_networks_by_their_kind_and_saving_of_data_as_metered', async () => {
  const cases: [{ type?: string; saveData?: boolean }, Partial<DeviceState>][] = [
    [{ type: 'wifi' }, { network: 'wifi' }],
    [{ type: 'cellular', saveData: true }, { network: 'cellular', metered: 'yes' }],
    [{ type: 'wimax' }, { network: 'other' }],
    [{ type: 'unknown', saveData: false }, { network: 'unknown' }],
    [{ saveData: true }, { metered: 'yes' }],
  ];
  for (const [connection, expected] of cases) {
    const { told } = watch({ connection });
    await turn();
    assert.deepEqual(told, [{ ...DESKTOP, ...expected }]);
  }
});

test('tells_of_the_battery_once_it_is_known_and_when_it_changes', async () => {
  const battery = Object.assign(new EventTarget(), { level: 0.256, charging: false });
  const { told } = watch({ getBattery: async () => battery });
  await turn();
  assert.deepEqual(told.at(-1)?.battery, { levelPercent: 26, charging: 'no' });
  const before = told.length;
  battery.dispatchEvent(new Event('levelchange'));
  assert.equal(told.length, before, 'nothing new is not told');
  battery.charging = true;
  battery.dispatchEvent(new Event('chargingchange'));
  assert.deepEqual(told.at(-1)?.battery, { levelPercent: 26, charging: 'yes' });
});

test('does_without_a_battery_that_is_refused', async () => {
  const { told } = watch({ getBattery: () => Promise.reject(new DOMException('', 'NotAllowedError')) });
  await turn();
  assert.deepEqual(told, [DESKTOP]);
});

test('takes_a_hidden_page_for_seen_while_its_picture_is', async () => {
  const { told, document } = watch({});
  await turn();
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  document.pictureInPictureElement = {};
  document.dispatchEvent(new Event('enterpictureinpicture'));
  assert.deepEqual(told.map(({ visibility }) => visibility), ['visible', 'hidden', 'visible']);
});

test('tells_phones_and_tablets_from_desks_and_televisions', async () => {
  const coarse = (query: string) => ({ matches: query === '(pointer: coarse)' });
  const both = () => ({ matches: true });
  const cases: [string, Fake, DeviceState['class']][] = [
    ['a phone', { userAgent: PHONE, userAgentData: { mobile: true } }, 'mobile'],
    ['a tablet', { userAgentData: { mobile: false }, matchMedia: coarse }, 'mobile'],
    ['a laptop with a touch screen', { matchMedia: both }, 'desktop'],
    ['a television', { userAgent: 'Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0)', matchMedia: coarse }, 'desktop'],
    ['another television', { userAgent: 'Mozilla/5.0 (Web0S; Linux/SmartTV)', matchMedia: coarse }, 'desktop'],
  ];
  for (const [name, device, expected] of cases) {
    const { told } = watch(device);
    await turn();
    assert.equal(told.at(-1)?.class, expected, name);
  }
});

test('tells_the_viewers_answer_with_the_device', async () => {
  const { watching, told } = watch({ connection: { type: 'wifi' } });
  await turn();
  watching.allowUploads('on');
  assert.equal(told.length, 1, 'what they have said before is no news');
  watching.allowUploads('off');
  assert.deepEqual(told.at(-1), { ...DESKTOP, network: 'wifi', consent: 'off' });
});

test('is_silent_once_it_is_stopped', async () => {
  const { watching, told, document } = watch({});
  watching.stop();
  await turn();
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(told, []);
});

type Fake = Partial<Omit<DeviceSources['navigator'], 'connection'>> & Pick<DeviceSources, 'matchMedia'> & {
  connection?: { type?: string; saveData?: boolean };
};

function watch({ connection, matchMedia, ...navigator }: Fake) {
  const told: DeviceState[] = [];
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible', pictureInPictureElement: undefined as unknown });
  const watching = new DeviceWatch('on', (state) => told.push(state), {
    navigator: {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140', ...navigator,
      ...(connection !== undefined && { connection: Object.assign(new EventTarget(), connection) }),
    },
    document,
    ...(matchMedia !== undefined && { matchMedia }),
  });
  return { watching, told, document };
}
