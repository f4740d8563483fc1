export { createMemoryAttemptLimiter } from './attempts.js';
export { createMemoryEncodeBudget, type MemoryEncodeBudgetOptions } from './encode-budget.js';
export type { Rate } from './rate.js';
export { createMemoryRateLimiter, type MemoryRateLimiterOptions } from './upload-rate.js';
