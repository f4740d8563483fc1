export { describeInvitations, type InvitationsSetup } from './accounts.js';
export { type AuditLogSetup, describeAuditLog } from './audit-log.js';
export { type CliTokensSetup, describeCliTokens } from './cli-tokens.js';
export { describeDeliveryQueue } from './delivery-queue.js';
export { describeDerivedStore } from './derived-store.js';
export type { DerivedStoreSetup } from './derived-store-sides.js';
export { newAuditEntry, type ProjectRegistrySetup } from './fixtures.js';
export { describeIdentity, type IdentitySetup } from './identity.js';
export { describeImageEngine } from './image-engine.js';
export {
  type ImageRecordsSetup,
  newImage,
  ORIGIN,
  row,
  type TestImage,
  type TestImages,
  withTestImages,
} from './image-fixtures.js';
export { describeImageRecords } from './image-records.js';
export {
  describeAttemptLimiter,
  describeEncodeBudget,
  describeRateLimiter,
} from './limits.js';
export { describeObjectImport, type ObjectImportSetup } from './object-import.js';
export { describeObjectInventory, type ObjectInventorySetup } from './object-inventory.js';
export { describeObjectRows, type ObjectRowsSetup } from './object-rows.js';
export { describeObjectStore, type ObjectStoreSetup } from './object-store.js';
export { describePeople, type PeopleSetup } from './people.js';
export type { EngineSamples, SamplePicture, SampleRefusal } from './pictures.js';
export { describePresetRecords, type PresetRecordsSetup } from './preset-records.js';
export { describeProjectMembers, type ProjectMembersSetup } from './project-members.js';
export { describeProjectRegistry } from './project-registry.js';
export { describeProjectSecrets, type ProjectSecretsSetup } from './project-secrets.js';
export { describeReceiptKeys, type ReceiptKeysSetup } from './receipt-keys.js';
export { describeRecipientRecords, type RecipientRecordsSetup } from './recipient-records.js';
export { totp, wrongTotp } from './totp.js';
export { describeUploadReceiver } from './upload-receiver.js';
export { describeUsageRecords } from './usage-records.js';
export type { UsageRecordsSetup } from './usage-secrets.js';
export type { WebhookRecordsSetup } from './webhook-fixtures.js';
export { describeWebhookRecords } from './webhook-records.js';
