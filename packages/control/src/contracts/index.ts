export { describeProjectRegistry, type ProjectRegistrySetup } from './project-registry.js';
