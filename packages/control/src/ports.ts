import type { Route } from '@auraimage/http';
import type {
  AttemptLimiter,
  AuditLog,
  CliTokens,
  Clock,
  DeliveryQueue,
  DerivedStore,
  Identity,
  ImageRecords,
  Invitations,
  ObjectStore,
  People,
  PresetRecords,
  ProjectMembers,
  ProjectRegistry,
  ProjectSecrets,
  RecipientRecords,
  SignInProvider,
  UsageRecords,
  WebhookRecords,
  WebhookSender,
} from '@auraimage/ports';
import type { DeliveryReport } from './webhooks/delivery-job.js';

/** The dependencies of `createControl`. */
export interface ControlPorts {
  readonly registry: ProjectRegistry;
  readonly members: ProjectMembers;
  readonly projects: ProjectSecrets;
  readonly images: Pick<
    ImageRecords,
    | 'find'
    | 'newest'
    | 'list'
    | 'listFolder'
    | 'setVisibility'
    | 'setMetadata'
    | 'setFocalPoint'
    | 'rename'
    | 'remove'
    | 'revokeLinks'
  >;
  readonly presets: Pick<PresetRecords, 'find' | 'list' | 'put' | 'remove'>;
  readonly objects: Pick<ObjectStore, 'read' | 'remove'>;
  readonly derived: Pick<DerivedStore, 'drop'>;
  readonly identity: Identity;
  /** Absent unless one is configured. */
  readonly provider?: SignInProvider | undefined;
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly people: People;
  readonly audit: AuditLog;
  readonly usage: UsageRecords;
  readonly webhooks: WebhookRecords;
  readonly deliveries: DeliveryQueue;
  readonly sender: WebhookSender;
  readonly recipients: RecipientRecords;
  readonly attempts: AttemptLimiter;
  readonly clock: Clock;
}

/** Options of `createControl`. URLs have no trailing slash. */
export interface ControlOptions {
  /** Base URL of images. Every signed URL starts with it. */
  readonly publicUrl: string;
  /** Base URL of the dashboard and the API. Cookies are accepted from its origin only. */
  readonly appUrl: string;
  /** Storage limit of new projects in bytes; `null` without one. */
  readonly projectQuotaBytes: number | null;
  /** Days for which entries of the audit log are kept. */
  readonly auditDays: number;
  /** The product's version, for the API document. */
  readonly version: string;
  /** Accepts plain upload tokens on the visibility route, as older third-party SDKs send them. */
  readonly legacyVisibilityTokens: boolean;
  /** Called with failures that are not part of a response, for the host's log. */
  readonly onFailure: (failure: unknown) => void;
  /** Keeps the host alive until some work has ended; absent if it is alive anyway. */
  readonly background?: (work: Promise<unknown>) => void;
  /** Called after each request to a webhook, for the host's log and metrics. */
  readonly onDelivery: (report: DeliveryReport) => void;
  /** Every route of the server, for the API document. Called at the first request for it. */
  readonly routes: () => readonly Route[];
}
