export { createWorkersDerivedStore, type WorkersDerivedStoreOptions } from './store.js';
