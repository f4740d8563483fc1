/** Actions in the audit log. Stable names: clients show their own text for each. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.signed_in',
  'account.sign_in_failed',
  'account.password_changed',
  'account.password_reset',
  'account.password_set',
  'account.provider_linked',
  'account.second_factor_enabled',
  'account.second_factor_disabled',
  'account.second_factor_removed',
  'account.second_factor_failed',
  'account.backup_codes_renewed',
  'person.role_changed',
  'person.removed',
  'session.revoked',
  'device.approved',
  'device.denied',
  'cli_token.created',
  'cli_token.revoked',
  'invitation.created',
  'invitation.revoked',
  'project.created',
  'project.renamed',
  'project.origins_changed',
  'project.quota_changed',
  'project.transforms_changed',
  'project.metadata_changed',
  'project.deleted',
  'member.added',
  'member.role_changed',
  'member.removed',
  'preset.created',
  'preset.changed',
  'preset.deleted',
  'secret_key.created',
  'secret_key.revoked',
  'serve_secret.read',
  'serve_secret.rotated',
  'serve_secret.grace_ended',
  'image.uploaded',
  'image.replaced',
  'image.renamed',
  'image.metadata_changed',
  'image.focus_changed',
  'image.visibility_changed',
  'image.deleted',
  'image.links_revoked',
  'recipient.revoked',
  'webhook.created',
  'webhook.changed',
  'webhook.deleted',
  'webhook.disabled',
  'webhook.tested',
  'webhook.redelivered',
  'webhook_secret.read',
  'webhook_secret.rotated',
  'listener.created',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * Who acted, identified by the credential: `system` is the server itself, and `unauthenticated` somebody who
 * failed to sign in.
 */
export const AUDIT_ACTORS = [
  'session',
  'cli_token',
  'secret_key',
  'upload_token',
  'visibility_token',
  'system',
  'unauthenticated',
] as const;

export interface AuditActor {
  readonly kind: (typeof AUDIT_ACTORS)[number];
  /** A user's email address, or the name of a token or key; never a secret. */
  readonly name: string;
}

export interface NewAuditEntry {
  readonly accountId: string;
  readonly actor: AuditActor;
  readonly action: AuditAction;
  /** Name of the project, or `null` for an action on the account. */
  readonly project: string | null;
  /** What was changed: an image's key, a secret key's name, an email address. */
  readonly target: string | null;
  /** Small and without secrets, such as `{ "from": "private", "to": "public" }`. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  /** Network address of the client; empty for the server itself. */
  readonly address: string;
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

export type AuditQuery = AuditScope & {
  /** 1 to 200. */
  readonly limit: number;
  /** Cursor of an {@link AuditPage}. `list` rejects any other text with {@link InvalidCursorError}. */
  readonly cursor?: string;
};

/**
 * Entries of one project, by its current name, or those of one account. An account has no entries of projects of which
 * it is no member any more, until they are deleted.
 */
export type AuditScope = { readonly project: string } | { readonly accountId: string };

/** A log of changes. Entries are added, and removed by age alone. */
export interface AuditLog {
  /** Adds entries about changes that were not made in the database of this port. */
  append(entries: readonly (NewAuditEntry & { readonly at: number })[]): Promise<void>;
  list(query: AuditQuery): Promise<AuditPage>;
  /**
   * Removes up to `limit` entries from before a time in Unix milliseconds, the oldest first. A cursor whose entry is
   * removed is no cursor any more.
   *
   * @returns how many
   */
  removeOld(before: number, limit: number): Promise<number>;
}
