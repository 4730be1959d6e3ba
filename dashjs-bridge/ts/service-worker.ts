// The package's face for a site's service worker: what its script imports from `fugitive-dashjs/service-worker`.

export { answerFetches } from './service-worker/answer.js';
export type { AnswerOptions } from './service-worker/answer.js';
