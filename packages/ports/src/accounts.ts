import type { NewAuditEntry } from './audit.js';

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

/** A link with which one user can sign up. Times are Unix milliseconds. */
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
  readonly createdAt: number;
  readonly expiresAt: number;
}

/**
 * Invitations. The store keeps only the hashes of their tokens. An invitation is pending until it is
 * claimed, revoked or expired.
 */
export interface Invitations {
  /** @param entry committed with the invitation; `null` for a setup link, which the server itself prints */
  create(
    invitation: Omit<Invitation, 'id' | 'createdAt'> & { readonly token: string },
    entry: NewAuditEntry | null,
  ): Promise<Invitation>;
  /** A pending invitation. */
  find(token: string): Promise<Invitation | null>;
  /**
   * Claims a pending invitation. Of several concurrent claims, one succeeds. Resolves with `false` when
   * the invitation is not pending.
   */
  claim(id: string): Promise<boolean>;
  /** Makes a claimed invitation pending again, after the sign-up failed. */
  release(id: string): Promise<void>;
  /** Pending invitations of kind `invitation` that the account created, newest first. */
  list(invitedBy: string): Promise<readonly Invitation[]>;
  /** Resolves with `false` when the account has no pending invitation with this id. */
  revoke(invitedBy: string, id: string, entry: NewAuditEntry): Promise<boolean>;
  /** Revokes every setup link, claimed ones included. */
  revokeSetupLinks(): Promise<void>;
}
