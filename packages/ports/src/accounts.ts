import type { NewAuditEntry } from './audit.js';
import type { ProjectRole } from './members.js';

/** A command line token, without the token itself. Times are Unix milliseconds. */
export interface CliToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The last four characters of the token. */
  readonly lastFour: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** `null`: never. */
  readonly expiresAt: number | null;
}

export interface NewCliToken extends Pick<CliToken, 'userId' | 'name' | 'expiresAt'> {
  readonly token: string;
  /** `credentialResets` of the approval. */
  readonly credentialResets: number;
}

/** Most CLI tokens of one user. One more ends the least recently used one. */
export const MAX_CLI_TOKENS = 100;

/**
 * Bearer tokens of the command line. The store keeps only their hashes. A change and its audit entry are
 * committed in one transaction; without a change, no entry is written.
 */
export interface CliTokens {
  /** `null` when the user was removed, or all of the user's credentials were ended, since the approval. */
  create(token: NewCliToken, entry: NewAuditEntry): Promise<CliToken | null>;
  /** Finds a token by its whole text and records the use, to the minute. The use of an expired one is not recorded. */
  find(token: string): Promise<CliToken | 'expired' | null>;
  /** Newest first, with those that have expired. */
  list(userId: string): Promise<readonly CliToken[]>;
  /**
   * Removes up to `limit` tokens that expired before a time, or were not used since another one.
   *
   * @returns how many
   */
  removeOld(
    bounds: { readonly expiredBefore: number; readonly unusedSince: number },
    limit: number,
  ): Promise<number>;
  /** Resolves with `false` when the user has no token with this id. */
  revoke(userId: string, id: string, entry: NewAuditEntry): Promise<boolean>;
}

/** A link with which one person can sign up, or join a project. Times are Unix milliseconds. */
export interface Invitation {
  readonly id: string;
  /** `setup` creates the first user, in the account that the first start created. */
  readonly kind: 'setup' | 'invitation';
  /** The account that the user will belong to; `null` creates a new one. */
  readonly accountId: string | null;
  /** The account that invited. */
  readonly invitedBy: string | null;
  /** The only email address that may accept, or `null` for any. */
  readonly email: string | null;
  /** The project that the person joins, with its current name, and the role there; `null` for none. */
  readonly project: {
    readonly id: string;
    /** The account that the project belongs to. */
    readonly accountId: string;
    readonly name: string;
    readonly role: ProjectRole;
  } | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface NewInvitation extends Omit<Invitation, 'id' | 'createdAt' | 'project'> {
  readonly token: string;
  /** `limit`: most members and open invitations of the project. */
  readonly project: {
    readonly id: string;
    readonly role: ProjectRole;
    readonly limit: number;
  } | null;
}

/** The invitations to a project, or those to the server that an account created. */
export type InvitationScope = { readonly projectId: string } | { readonly invitedBy: string };

/**
 * Invitations. The store keeps only the hashes of their tokens. An invitation is pending until it is
 * claimed, revoked or expired, or its project is deleted.
 */
export interface Invitations {
  /**
   * @param entry committed with the invitation; `null` for a setup link, which the server itself prints
   * @throws {CodedError} by what is true when the invitation is committed. To a project: `project_not_found` if there is
   *   no such project or the inviter is no member of it, `role_forbidden` if they are one but no owner, `member_limit` if
   *   it has as many members, open invitations and ones that are being accepted as it may have. To the server:
   *   `admin_required` if the inviter is no administrator
   */
  create(invitation: NewInvitation, entry: NewAuditEntry | null): Promise<Invitation>;
  /** A pending invitation. */
  find(token: string): Promise<Invitation | null>;
  /**
   * Claims a pending invitation. Of several concurrent claims, one succeeds. Resolves with `false` when
   * the invitation is not pending.
   */
  claim(id: string): Promise<boolean>;
  /** Makes a claimed invitation pending again, after the sign-up failed, unless it was revoked meanwhile. */
  release(id: string): Promise<void>;
  /** Pending invitations of kind `invitation`, newest first. */
  list(scope: InvitationScope): Promise<readonly Invitation[]>;
  /**
   * Resolves with `false`, and writes no entry, when there is no pending invitation with this id. A claimed one, too: it
   * is being accepted, and the audit log says whether it was. It is not taken from whoever claimed it, but no release
   * makes it pending again.
   */
  revoke(scope: InvitationScope, id: string, entry: NewAuditEntry): Promise<boolean>;
  /** Revokes every setup link, claimed ones included. */
  revokeSetupLinks(): Promise<void>;
}
