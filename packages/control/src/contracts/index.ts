export { describeIdentity, type IdentitySetup } from './identity.js';
export { describeProjectRegistry, type ProjectRegistrySetup } from './project-registry.js';
