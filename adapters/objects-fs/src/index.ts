export { createFsObjectStore, type FsObjectStoreOptions } from './store.js';
export { createFsVariantStore, type FsVariantStoreOptions } from './variants.js';
