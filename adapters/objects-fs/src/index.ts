export { createFsImport } from './import.js';
export { createFsInventory } from './inventory.js';
export { createFsObjectStore, type FsObjectStoreOptions } from './store.js';
