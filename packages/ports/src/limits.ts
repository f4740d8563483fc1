/** What is limited against guessing and flooding; each kind has a limit of its own. */
export type AttemptKind =
  | 'sign_in_client'
  | 'sign_in_email'
  | 'password_change'
  | 'invitation_client'
  | 'device_request_client'
  | 'device_guess_account'
  | 'device_guess_client'
  | 'device_poll_client'
  | 'name_check_client';

/** Limits attempts. All processes of a deployment share the counts if the adapter does. */
export interface AttemptLimiter {
  /**
   * Counts one attempt.
   *
   * @param subject a network address for the kinds that end in `_client`, else any text
   * @returns 0 when the attempt is allowed, else the whole seconds until the next one is, at least 1
   */
  consume(kind: AttemptKind, subject: string): Promise<number>;
  /** Takes back one attempt that was no guess. Call it only after a `consume` that resolved with 0. */
  refund(kind: AttemptKind, subject: string): Promise<void>;
  /** Forgets all attempts of a subject that has authenticated. */
  reset(kind: AttemptKind, subject: string): Promise<void>;
}

/** Limits uploads per client and per project. */
export interface RateLimiter {
  /**
   * Counts one upload.
   *
   * @param client network address
   * @returns 0 when the upload is allowed, else the whole seconds until the next one is, at least 1
   */
  consume(client: string, project: string): Promise<number>;
}

/** Limits the encoding time that each project may use. */
export interface EncodeBudget {
  /** @returns 0 when the project may start an encode, else the whole seconds until it may */
  retryAfter(project: string): Promise<number>;
  /** Charges time to the project's budget. A negative time refunds what was charged in advance. */
  spend(project: string, milliseconds: number): Promise<void>;
}
