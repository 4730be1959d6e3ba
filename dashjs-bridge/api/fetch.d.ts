export { createFetch } from './fetch/create.js';
export type { FetchOptions, FugitiveFetch } from './fetch/create.js';
export { serveServiceWorker } from './fetch/serve.js';
export type { WorkerService } from './fetch/serve.js';
export * from './common.js';
