// Lets the browser tell of another device than it runs on, so that the engine's policies can be seen at work. It has to
// be called before a Fugitive is attached, which reads these once.

import type { Device } from './settings.js';

export function pretend(device: Device): void {
  if (device === 'own') return;
  if (device === 'battery') {
    const battery = Object.assign(new EventTarget(), { charging: false, level: 0.1 });
    Object.defineProperty(navigator, 'getBattery', { value: () => Promise.resolve(battery) });
    return;
  }
  const connection = { type: device === 'cellular' ? 'cellular' : 'wifi', saveData: device === 'saving' };
  Object.defineProperty(navigator, 'connection', { value: Object.assign(new EventTarget(), connection) });
}
