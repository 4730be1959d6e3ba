export { answerFetches } from './service-worker/answer.js';
export type { AnswerOptions } from './service-worker/answer.js';
