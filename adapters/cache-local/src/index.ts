export type { TierStats } from './stats.js';
export { createDerivedStore, type DerivedStoreOptions, type LocalDerivedStore } from './store.js';
