// The package's face for the site's own analytics: what an app imports from `fugitive-dashjs/beacon`.

export { startBeacon } from './beacon/start.js';
export type { Beacon, BeaconOptions } from './beacon/start.js';
export type { BeaconSummary } from './beacon/summary.js';
