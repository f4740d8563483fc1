export type { ImagesBinding } from './binding.js';
export { type CloudflareEngineOptions, createCloudflareEngine } from './engine.js';
