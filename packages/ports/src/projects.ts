import type { NewAuditEntry } from './audit.js';

/**
 * Which transforms of public images need no token. `any`; `listed`: sizes, ratios and qualities of a list, to which
 * all others are rounded; `presets`: those of presets, all others are refused.
 */
export const UNSIGNED_TRANSFORMS = ['any', 'listed', 'presets'] as const;

export type UnsignedTransforms = (typeof UNSIGNED_TRANSFORMS)[number];

/**
 * Whether readers get masters with their metadata, such as place and time. `remove`: without it, and those of which it
 * cannot be removed not at all. Owners get masters unchanged in any case.
 */
export const MASTER_METADATA = ['keep', 'remove'] as const;

export type MasterMetadata = (typeof MASTER_METADATA)[number];

/** A project without its secrets. */
export interface Project {
  readonly id: string;
  /** The account of one of its owners. Its account-wide secret keys have access, and its limit of projects counts. */
  readonly accountId: string;
  readonly name: string;
  /** Origins that browsers may upload from; empty allows any. */
  readonly allowedOrigins: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
  /** `any` for a new project. */
  readonly unsignedTransforms: UnsignedTransforms;
  /** `keep` for a new project. */
  readonly masterMetadata: MasterMetadata;
  /** Bytes of its masters. */
  readonly usedBytes: number;
  /** Number of its images. */
  readonly images: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Changes to a project; an absent member stays as it is. */
export interface ProjectChanges {
  readonly name?: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes?: number | null;
  readonly unsignedTransforms?: UnsignedTransforms;
  readonly masterMetadata?: MasterMetadata;
}

export interface NewProject {
  /** Becomes the project's first owner. */
  readonly accountId: string;
  readonly name: string;
  readonly serveSecret: string;
  readonly allowedOrigins: readonly string[];
  readonly quotaBytes: number | null;
}

/** A secret key without its secret. Times are Unix milliseconds. */
export interface SecretKey {
  readonly id: string;
  readonly accountId: string;
  /** The only project that it may sign for, or `null` for every project of its account. */
  readonly projectId: string | null;
  readonly name: string;
  /** The last four characters of the secret. */
  readonly lastFour: string;
  readonly createdAt: number;
  /** When a token or request of this key was last accepted, to the minute. */
  readonly lastUsedAt: number | null;
}

export interface NewSecretKey {
  readonly accountId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly secret: string;
}

/** The deletion of a project. Nothing of the project is served from its start on. */
export interface Deletion {
  readonly id: string;
  /** The account that started it. */
  readonly accountId: string;
  readonly projectName: string;
  /** Number of images at the start. */
  readonly images: number;
  /** Number of images removed so far. */
  readonly removed: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds; `null` until it has finished. */
  readonly finishedAt: number | null;
}

/** An image of a project that is being deleted, and the object that has to be removed with it. */
export interface DeletedImage {
  readonly project: string;
  readonly key: string;
  readonly objectId: string;
}

/** The serve secrets of a project: the current one and, during a grace period, the previous one. */
export interface ServeSecrets {
  readonly current: string;
  /**
   * `until` is in Unix milliseconds; tokens of this secret verify while `until > now`. After that the
   * secret is kept only to tell an outdated link from a forged one.
   */
  readonly previous: { readonly secret: string; readonly until: number } | null;
}

/**
 * Accounts, projects and keys. Secrets are passed in plain text and stored encrypted. A method that
 * resolves with a change has committed it durably, in one transaction with the audit entry `audit`. A
 * refused change adds no audit entry.
 *
 * Only the deletion methods find a project that is being deleted. Its name stays taken until the deletion
 * has finished.
 */
export interface ProjectRegistry {
  /** @returns the new account's id */
  createAccount(): Promise<string>;
  /** Removes an account that nothing belongs to: no user, project, key or audit entry. Else rejects. */
  removeAccount(id: string): Promise<void>;
  /**
   * The oldest account of an administrator; before there is one, the oldest account, which is created when there is
   * none. @returns its id
   */
  firstAccount(): Promise<string>;
  /** @param limit most projects of the account, this one included */
  createProject(
    project: NewProject,
    limit: number,
    audit: NewAuditEntry,
  ): Promise<Project | 'name_taken' | 'limit_reached'>;
  findProject(name: string): Promise<Project | null>;
  isNameTaken(name: string): Promise<boolean>;
  /** The projects of all accounts, oldest first. */
  listProjects(): Promise<readonly Project[]>;
  /**
   * Applies all changes and adds all entries in one transaction, or nothing. `null` for an unknown project.
   */
  changeProject(
    projectId: string,
    changes: ProjectChanges,
    entries: readonly NewAuditEntry[],
  ): Promise<Project | 'name_taken' | null>;

  /** `null` for an unknown project. */
  serveSecrets(projectId: string): Promise<ServeSecrets | null>;
  /**
   * Makes a secret the current one, and the current one the previous one. Resolves with `false` for an
   * unknown project.
   *
   * @param previousUntil end of the grace period in Unix milliseconds: 0 ends it at once, `null` also
   *   forgets the previous secret
   */
  replaceServeSecret(
    projectId: string,
    secret: string,
    previousUntil: number | null,
    audit: NewAuditEntry,
  ): Promise<boolean>;
  /** Sets `until` of the previous secret to 0. Resolves with `false` when there is no grace period. */
  endGracePeriod(projectId: string, audit: NewAuditEntry): Promise<boolean>;

  /**
   * Adds a key. The active keys of its project, or the account-wide keys of its account, are counted in
   * the same transaction.
   *
   * @param limit most active keys, this one included
   */
  createSecretKey(
    key: NewSecretKey,
    limit: number,
    audit: NewAuditEntry,
  ): Promise<SecretKey | 'limit_reached'>;
  /** Active keys that may sign for the project, newest first: its own and those of its account. */
  listSecretKeys(projectId: string): Promise<readonly SecretKey[]>;
  /** Resolves with `false` when no active key with this id may sign for the project. */
  revokeSecretKey(projectId: string, id: string, audit: NewAuditEntry): Promise<boolean>;
  /** The active key with this secret, or `null`. */
  findSecretKey(secret: string): Promise<SecretKey | null>;
  /**
   * The secret with which the server itself signs for a project. Created on first use; not listed, and
   * not counted against a limit. `null` for an unknown project.
   */
  internalSecretKey(projectId: string): Promise<string | null>;

  /**
   * Starts to delete a project. `null` for an unknown project.
   *
   * @param accountId the account that sees the deletion's progress
   */
  beginDeletion(
    projectId: string,
    accountId: string,
    audit: NewAuditEntry,
  ): Promise<Deletion | null>;
  /**
   * Deletions that one account started, newest first: unfinished ones, and those that finished since a time.
   *
   * @param finishedSince Unix milliseconds
   */
  listDeletions(accountId: string, finishedSince: number): Promise<readonly Deletion[]>;
  /** Unfinished deletions of all accounts, oldest first. */
  unfinishedDeletions(): Promise<readonly Deletion[]>;
  /** Up to `limit` images that a deletion still has to remove. */
  listDeletionImages(id: string, limit: number): Promise<readonly DeletedImage[]>;
  /** Removes the records of images whose objects are removed, and counts them. Idempotent. */
  removeDeletionImages(id: string, images: readonly DeletedImage[]): Promise<void>;
  /** Removes the project and frees its name. Rejects while it has images. Idempotent. */
  finishDeletion(id: string): Promise<void>;
}

export interface ActiveSecretKey {
  readonly id: string;
  /** Whether it is the project's internal key, with which the server signs for people who are signed in. */
  readonly internal: boolean;
  readonly name: string;
  readonly secret: string;
}

/** What an upload needs to know about its project. */
export interface UploadPolicy {
  readonly projectId: string;
  /** Active secret keys that may sign for the project, newest first: its own and those of its account. */
  readonly secretKeys: readonly ActiveSecretKey[];
  /** Origins that browsers may upload from, such as `https://app.example`; empty allows any. */
  readonly allowedOrigins: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
  /** Bytes of its masters. */
  readonly usedBytes: number;
}

/** Projects and their secret keys for the upload path. Every call sees the latest commit. */
export interface ProjectSecrets {
  /** `null` for an unknown project. The name may be any text. */
  uploadPolicy(project: string): Promise<UploadPolicy | null>;
}
