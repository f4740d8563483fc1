export { createLimits, type LimitRates, type Limits } from './create-limits.js';
export { createAttemptLimiter, createEncodeBudget, createRateLimiter } from './limiters.js';
export { createMemoryWindows } from './memory-windows.js';
export { openPostgresWindows } from './postgres-windows.js';
