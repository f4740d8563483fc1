export { createAttemptLimiter } from './attempts.js';
export { createEncodeBudget } from './encode-budget.js';
export { createRateLimiter } from './upload-rate.js';
export { createMemoryWindows } from './windows.js';
