export { createEdgeCache, type EdgeCacheOptions, type LocalEdgeCache } from './cache.js';
