export {
  type AttemptLimit,
  type AttemptLimiterSetup,
  describeAttemptLimiter,
} from './attempt-limiter.js';
export { describeIdentity, type IdentitySetup } from './identity.js';
export { describeProjectRegistry, type ProjectRegistrySetup } from './project-registry.js';
