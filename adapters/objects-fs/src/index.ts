export { createFsObjectStore, type FsObjectStoreOptions } from './store.js';
