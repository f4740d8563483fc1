export { createAttemptLimiter, createEncodeBudget, createRateLimiter } from './limiters.js';
export { type CreateWindows, createMemoryWindows, openPostgresWindows } from './windows.js';
