import type { NewAuditEntry } from './audit.js';

/** A project as its owner knows it, secrets left out. */
export interface Project {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** Origins that browsers may upload from; empty means any. */
  readonly allowedOrigins: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
  /** Bytes that its masters take now. */
  readonly usedBytes: number;
  /** How many images it has now. */
  readonly images: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** What may be changed of a project; a member that is absent stays. */
export interface ProjectChanges {
  readonly name?: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes?: number | null;
}

export interface NewProject {
  readonly accountId: string;
  readonly name: string;
  readonly serveSecret: string;
  readonly allowedOrigins: readonly string[];
  readonly quotaBytes: number | null;
}

/** A secret key, the secret itself left out. */
export interface SecretKey {
  readonly id: string;
  readonly accountId: string;
  /** The one project that it may sign for, or `null` for every project of its account. */
  readonly projectId: string | null;
  readonly name: string;
  /** The last four characters of the secret. */
  readonly lastFour: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** When a token or request of it was last accepted, to the minute, in Unix milliseconds. */
  readonly lastUsedAt: number | null;
}

export interface NewSecretKey {
  readonly accountId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly secret: string;
}

/** A project on its way out. Nothing of it is served any more. */
export interface Deletion {
  readonly id: string;
  readonly accountId: string;
  readonly projectName: string;
  /** Images that it had when it was deleted. */
  readonly images: number;
  /** Images that are gone. */
  readonly removed: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds; `null` while it runs. */
  readonly finishedAt: number | null;
}

/** The serve secrets of a project: the current one and, while a grace runs, the one before it. */
export interface ServeSecrets {
  readonly current: string;
  /**
   * `until` is in Unix milliseconds; the secret verifies while `until > now`. One that has ended is kept
   * for the diagnosis of links alone.
   */
  readonly previous: { readonly secret: string; readonly until: number } | null;
}

/**
 * Accounts, projects and keys as rows. Secrets go in and come out in the clear and lie encrypted in
 * between. A method that resolves with a change has committed it durably, and with it, in the same
 * transaction, its entry in the audit log; a change that was refused leaves no entry.
 *
 * A project that is being deleted is found by nothing here but the methods that end in `Deletion` or
 * `Deletions`. Its name stays taken until its deletion has finished.
 */
export interface ProjectRegistry {
  /** @returns the new account's id */
  createAccount(): Promise<string>;
  /**
   * The account that was made first, whoever has projects by now: that of whoever runs the server.
   * Made where there is none.
   */
  firstAccount(): Promise<string>;
  createProject(
    project: NewProject,
    limit: number,
    by: NewAuditEntry,
  ): Promise<Project | 'name_taken' | 'limit_reached'>;
  findProject(name: string): Promise<Project | null>;
  isNameTaken(name: string): Promise<boolean>;
  /** The projects of one account, or of all, oldest first. */
  listProjects(accountId?: string): Promise<readonly Project[]>;
  /** `null` for a project that does not exist. */
  changeProject(
    projectId: string,
    changes: ProjectChanges,
    by: NewAuditEntry,
  ): Promise<Project | 'name_taken' | null>;

  /** `null` for a project that does not exist. */
  serveSecrets(projectId: string): Promise<ServeSecrets | null>;
  /**
   * Makes a secret the current one. In the same transaction the one that was current becomes the
   * previous one, and one that was previous ends. Resolves with `false` for a project that does not
   * exist.
   *
   * @param previousUntil Unix milliseconds; 0 ends the one that was current at once, and `null` forgets it
   */
  replaceServeSecret(
    projectId: string,
    secret: string,
    previousUntil: number | null,
    by: NewAuditEntry,
  ): Promise<boolean>;
  /** Ends the previous serve secret: its `until` becomes 0. Resolves with `false` where that is done. */
  endGrace(projectId: string, by: NewAuditEntry): Promise<boolean>;

  /**
   * Adds a key, counting the active ones of its project (or, for an account-wide key, of its account)
   * in the same transaction.
   *
   * @param limit most active keys, this one included
   */
  createSecretKey(
    key: NewSecretKey,
    limit: number,
    by: NewAuditEntry,
  ): Promise<SecretKey | 'limit_reached'>;
  /** Active keys that may sign for the project, newest first: its own and its account's. */
  listSecretKeys(projectId: string): Promise<readonly SecretKey[]>;
  /** Ends a key that may sign for the project. Resolves with `false` when there is no such active key. */
  revokeSecretKey(projectId: string, id: string, by: NewAuditEntry): Promise<boolean>;
  /** The active key that this text is, or `null`. */
  findSecretKey(secret: string): Promise<SecretKey | null>;
  /**
   * The secret with which the service itself signs for a project: in no list, under no limit, made at
   * the first call. `null` for a project that does not exist.
   */
  internalSecretKey(projectId: string): Promise<string | null>;

  /** Puts a project out of reach at once. `null` for a project that does not exist. */
  beginDeletion(projectId: string, by: NewAuditEntry): Promise<Deletion | null>;
  /** Deletions of one account that run or have finished since, newest first. */
  listDeletions(accountId: string, finishedSince: number): Promise<readonly Deletion[]>;
  /** Deletions of any account that have not finished. */
  openDeletions(): Promise<readonly Deletion[]>;
  /** Up to `limit` images of a project that is being deleted whose rows are still there. */
  imagesOfDeletion(id: string, limit: number): Promise<readonly DeletedImage[]>;
  /**
   * Takes the rows of images away whose remains are gone from the stores, and counts them as removed.
   * Rows that are gone already are not counted again.
   */
  removeImagesOfDeletion(id: string, images: readonly DeletedImage[]): Promise<void>;
  /** Takes away what is left of the project and frees its name. */
  finishDeletion(id: string): Promise<void>;
}

/** An image of a project that is being deleted: what has to be removed from the stores. */
export interface DeletedImage {
  readonly project: string;
  readonly key: string;
  readonly objectId: string;
}

export interface ActiveSecretKey {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

/** What an upload to a project needs to know about it. */
export interface UploadPolicy {
  /** Active secret keys that may sign for this project, newest first: its own and its account's. */
  readonly secretKeys: readonly ActiveSecretKey[];
  /** Origins that browsers may upload from, such as `https://app.example`; empty means any. */
  readonly allowedOrigins: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
  /** Bytes that its masters take now. */
  readonly usedBytes: number;
}

/** Projects and their secret keys, as the edge reads them. Every call sees the latest commit. */
export interface ProjectSecrets {
  /** `null` for a project that does not exist. The name may be any text. */
  uploadPolicy(project: string): Promise<UploadPolicy | null>;
}
