export {
  type AttemptLimit,
  type AttemptLimiterSetup,
  describeAttemptLimiter,
} from './attempt-limiter.js';
export { type AuditLogSetup, describeAuditLog } from './audit-log.js';
export { type CliTokensSetup, describeCliTokens } from './cli-tokens.js';
export { describeIdentity, type IdentitySetup } from './identity.js';
export { describeInvitations, type InvitationsSetup } from './invitations.js';
export { describeProjectRegistry } from './project-registry.js';
export type { ProjectRegistrySetup } from './registry-rows.js';
export type { UsageRecordsSetup } from './usage-evidence.js';
export { describeUsageRecords } from './usage-records.js';
