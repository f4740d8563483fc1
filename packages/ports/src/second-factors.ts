/** The second factor of a user, as it is stored. */
export interface SecondFactor {
  /** Different for every secret. */
  readonly id: string;
  readonly userId: string;
  /** In base32. */
  readonly secret: string;
  /** Unix milliseconds. */
  readonly preparedAt: number;
  /** Unix milliseconds; `null` until a code has proved that the authenticator app has the secret. */
  readonly enabledAt: number | null;
  /** Number of unused backup codes. */
  readonly backupCodes: number;
}

/**
 * Second factors, for the adapter of `Identity`. Secrets are encrypted, and of backup codes only hashes are kept. A
 * user has one, which is deleted with the user.
 */
export interface SecondFactorRecords {
  find(userId: string): Promise<SecondFactor | null>;
  /** Stores a secret, instead of one that is not on. Resolves with `false` when the user has one that is on. */
  prepare(userId: string, secret: string): Promise<boolean>;
  /** Turns one on. Resolves with `false` when it is on or was replaced. */
  enable(id: string, step: number, backupCodes: readonly string[]): Promise<boolean>;
  /**
   * Counts an attempt. Call it before the code is compared: otherwise concurrent guesses would all pass.
   *
   * @param most resolves with `false` after this number of attempts in a row, none of which was right
   */
  countAttempt(id: string, most: number): Promise<boolean>;
  /** Forgets the attempts. Resolves with `false` when this time step, or a later one, was accepted before. */
  acceptStep(id: string, step: number): Promise<boolean>;
  /** Deletes a backup code, and forgets the attempts. Resolves with `false` when there is no such code. */
  useBackupCode(id: string, code: string): Promise<boolean>;
  replaceBackupCodes(id: string, codes: readonly string[]): Promise<void>;
  /** Resolves with `false` when the user has none that is on. */
  remove(userId: string): Promise<boolean>;
}
