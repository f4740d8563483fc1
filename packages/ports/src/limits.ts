/** Things that are counted against guessing and flooding, each with a limit of its own. */
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

/** Counts attempts. Shared by all processes of a deployment where its adapter says so. */
export interface AttemptLimiter {
  /**
   * Counts one attempt of `who`: for the kinds that end in `_client` a network address, else any text.
   *
   * @returns 0 when it may go on, else the whole seconds to wait, at least 1
   */
  take(kind: AttemptKind, who: string): Promise<number>;
  /** Takes one attempt back: it was no guess. To be called after a `take` that resolved with 0. */
  giveBack(kind: AttemptKind, who: string): Promise<void>;
  /** Forgets every attempt of `who`: they have shown that they are who they say. */
  reset(kind: AttemptKind, who: string): Promise<void>;
}

/** Counts uploads per client and per project. */
export interface RateLimiter {
  /**
   * Counts one upload.
   *
   * @returns 0 when it may go on, else the whole seconds to wait, at least 1
   */
  take(client: string, project: string): Promise<number>;
}

/** Bounds the time that a project's variants take to make. */
export interface EncodeBudget {
  /** Whole seconds to wait before the project may have another variant made; 0: none. */
  wait(project: string): Promise<number>;
  /** Takes time off the project's budget; a negative one gives back what was taken in advance. */
  spend(project: string, milliseconds: number): Promise<void>;
}
