export { createMemoryEncodeBudget, type MemoryEncodeBudgetOptions } from './encode-budget.js';
export {
  createMemoryRateLimiter,
  type MemoryRateLimiterOptions,
  type Rate,
} from './upload-rate.js';
