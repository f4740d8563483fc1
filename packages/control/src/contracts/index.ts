export {
  type AttemptLimit,
  type AttemptLimiterSetup,
  describeAttemptLimiter,
} from './attempt-limiter.js';
export { describeIdentity, type IdentitySetup } from './identity.js';
export { describeProjectRegistry } from './project-registry.js';
export type { ProjectRegistrySetup } from './registry-rows.js';
