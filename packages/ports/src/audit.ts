/** What was done. Stable: clients show texts of their own for each. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.signed_in',
  'account.password_changed',
  'session.revoked',
  'cli_token.created',
  'cli_token.revoked',
  'invitation.created',
  'invitation.revoked',
  'project.created',
  'project.renamed',
  'project.origins_changed',
  'project.quota_changed',
  'project.deleted',
  'secret_key.created',
  'secret_key.revoked',
  'serve_secret.rotated',
  'serve_secret.grace_ended',
  'image.visibility_changed',
  'image.deleted',
  'image.links_revoked',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did it, by what they showed. `system` is the server itself. */
export interface AuditActor {
  readonly kind: 'session' | 'cli_token' | 'secret_key' | 'visibility_token' | 'system';
  /** A person's email, a token's or key's name: never a secret. */
  readonly name: string;
}

export interface NewAuditEntry {
  readonly accountId: string;
  readonly actor: AuditActor;
  readonly action: AuditAction;
  /** Name of the project, where the change is one of a project. */
  readonly project: string | null;
  /** What was changed: an image's key, a secret key's name, an email. */
  readonly target: string | null;
  /** Small and without secrets, such as `{ "from": "private", "to": "public" }`. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  /** Network address that it came from; empty for the server itself. */
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
  readonly cursor: string | null;
}

export interface AuditQuery {
  readonly accountId: string;
  /** Only entries about this project. */
  readonly project?: string;
  /** 1 to 200. */
  readonly limit: number;
  /** From the page before; any other text throws {@link InvalidCursorError}. */
  readonly cursor?: string;
}

/** Every change, in order. Entries are never changed. */
export interface AuditLog {
  /** Adds entries about changes that this port's database did not make itself. */
  append(entries: readonly (NewAuditEntry & { readonly at: number })[]): Promise<void>;
  list(query: AuditQuery): Promise<AuditPage>;
}
