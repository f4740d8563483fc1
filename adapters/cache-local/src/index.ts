export { createEdgeCache, type EdgeCacheOptions, type LocalEdgeCache } from './cache.js';
export type { TierStats } from './stats.js';
