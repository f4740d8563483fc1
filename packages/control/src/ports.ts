import type {
  AttemptLimiter,
  AuditLog,
  CliTokens,
  DeletedImage,
  Identity,
  Invitations,
  ProjectRegistry,
  UsageRecords,
} from '@auraimage/ports';
import type { ImageAddress, Visibility } from '@auraimage/protocol';

/** What the control plane asks about an image, for the diagnosis of links. */
export interface ImageFacts {
  find(address: ImageAddress): Promise<{
    readonly visibility: Visibility;
    /** Whole Unix second before which serve tokens were stopped, or `null`. */
    readonly linksRevokedAt: number | null;
  } | null>;
}

/** The sockets of the control plane: everything that it needs from the machine it runs on. */
export interface ControlPorts {
  readonly registry: ProjectRegistry;
  readonly identity: Identity;
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
  readonly usage: UsageRecords;
  readonly attempts: AttemptLimiter;
  readonly images: ImageFacts;
  /** Removes what the stores keep of an image. Idempotent. */
  readonly removeRemains: (image: DeletedImage) => Promise<void>;
  readonly clock: { /** Unix milliseconds. */ now(): number };
}
