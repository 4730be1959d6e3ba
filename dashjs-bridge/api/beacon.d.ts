export { startBeacon } from './beacon/start.js';
export type { Beacon, BeaconOptions } from './beacon/start.js';
export type { BeaconSummary } from './beacon/summary.js';
