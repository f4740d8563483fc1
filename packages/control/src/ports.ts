import type { Route } from '@auraimage/http';
import type {
  AttemptLimiter,
  AuditLog,
  CliTokens,
  Clock,
  Identity,
  ImageRecords,
  Invitations,
  ObjectStore,
  ProjectRegistry,
  ProjectSecrets,
  UsageRecords,
} from '@auraimage/ports';

/** Everything that the control plane needs from the machine that it runs on. */
export interface ControlPorts {
  readonly registry: ProjectRegistry;
  readonly projects: ProjectSecrets;
  readonly images: Pick<ImageRecords, 'find' | 'list' | 'setVisibility' | 'remove' | 'revokeLinks'>;
  readonly objects: Pick<ObjectStore, 'remove'>;
  /** What was made from masters on this machine. */
  readonly derived: { /** Idempotent. */ drop(objectId: string): Promise<void> };
  readonly identity: Identity;
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
  readonly usage: UsageRecords;
  readonly attempts: AttemptLimiter;
  readonly clock: Clock;
}

/** How a control plane is set up. Addresses are without a trailing slash. */
export interface ControlOptions {
  /** Where images are read: begins every signed URL. */
  readonly publicUrl: string;
  /** Where the dashboard and this API are reached; the origin that cookies are accepted from. */
  readonly appUrl: string;
  /** The product's version, for the API's description. */
  readonly version: string;
  /** Accept plain upload tokens on the visibility route, as older third-party SDKs send them. */
  readonly legacyVisibilityTokens: boolean;
  /** Called with failures that no request is answered with: the host's log. */
  readonly onFailure: (failure: unknown) => void;
  /** Every route of the server, for the API's description. Called once they are all known. */
  readonly routes: () => readonly Route[];
}
