export type { R2Bucket } from './bucket.js';
export { createR2Inventory } from './inventory.js';
export { createR2ObjectStore, type R2ObjectStoreOptions } from './store.js';
