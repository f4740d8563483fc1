export { createAttemptLimiter } from './attempts.js';
export { createEncodeBudget } from './encode-budget.js';
export { openPostgresWindows } from './postgres/windows.js';
export { createRateLimiter } from './upload-rate.js';
export { type CreateWindows, createMemoryWindows } from './windows.js';
