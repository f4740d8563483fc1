export { describeEdgeCache, type EdgeCacheSetup } from './edge-cache.js';
export { describeEncodeBudget, type EncodeBudgetSetup } from './encode-budget.js';
export { describeImageEngine, type EngineSamples } from './image-engine.js';
export { describeImageRecords } from './image-records.js';
export type { ImageRecordsSetup } from './image-rows.js';
export { describeObjectImport, type ObjectImportSetup } from './object-import.js';
export { describeObjectInventory, type ObjectInventorySetup } from './object-inventory.js';
export { describeObjectRows, type ObjectRowsSetup } from './object-rows.js';
export { describeObjectStore, type ObjectStoreSetup } from './object-store.js';
export type { SamplePicture, SampleRefusal } from './pictures.js';
export { describeProjectSecrets, type ProjectSecretsSetup } from './project-secrets.js';
export {
  describeRateLimiter,
  type RateLimiterRates,
  type RateLimiterSetup,
} from './rate-limiter.js';
export { describeUploadReceiver } from './upload-receiver.js';
export { describeVariantStore, type VariantStoreSetup } from './variant-store.js';
