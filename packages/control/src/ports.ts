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
  /** Unix milliseconds. */
  readonly createdAt: number;
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
}

export interface NewSecretKey {
  readonly accountId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly secret: string;
}

/** The serve secrets of a project: the current one and, while a grace runs, the one before it. */
export interface ServeSecrets {
  readonly current: string;
  /** `until` is in Unix milliseconds; the secret verifies while `until > now`. */
  readonly previous: { readonly secret: string; readonly until: number } | null;
}

/**
 * Accounts, projects and keys as rows. Secrets go in and come out in the clear and lie encrypted in
 * between. A method that resolves with a change has committed it durably.
 */
export interface ProjectRegistry {
  /** @returns the new account's id */
  createAccount(): Promise<string>;
  createProject(project: NewProject): Promise<Project | 'name_taken'>;
  findProject(name: string): Promise<Project | null>;
  /** Every project, oldest first. */
  listProjects(): Promise<readonly Project[]>;
  /** `null` for a project that does not exist. */
  serveSecrets(projectId: string): Promise<ServeSecrets | null>;
  /**
   * Makes a secret the current one. In the same transaction the one that was current becomes the
   * previous one, and one that was previous ends. Resolves with `false` for a project that does not
   * exist.
   *
   * @param previousUntil Unix milliseconds; `null` ends the one that was current at once
   */
  replaceServeSecret(
    projectId: string,
    secret: string,
    previousUntil: number | null,
  ): Promise<boolean>;
  /**
   * Adds a key, counting the active ones of its project (or, for an account-wide key, of its account)
   * in the same transaction.
   *
   * @param limit most active keys, this one included
   */
  createSecretKey(key: NewSecretKey, limit: number): Promise<SecretKey | 'limit_reached'>;
  /** Active keys that may sign for the project, newest first: its own and its account's. */
  listSecretKeys(projectId: string): Promise<readonly SecretKey[]>;
  /** Ends a key at once. Resolves with `false` when there is no active key of that id. */
  revokeSecretKey(id: string): Promise<boolean>;
}
