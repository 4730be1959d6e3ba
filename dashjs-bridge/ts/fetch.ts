// The package's face for files: what an app imports from `fugitive-dashjs/fetch`.

export { createFetch } from './fetch/create.js';
export type { FetchOptions, FugitiveFetch } from './fetch/create.js';
export { serveServiceWorker } from './fetch/serve.js';
export type { WorkerService } from './fetch/serve.js';
export * from './common.js';
