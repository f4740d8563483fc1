/** Things that are counted against guessing and flooding, each with a limit of its own. */
export type AttemptKind =
  | 'sign_in_client'
  | 'sign_in_email'
  | 'password_change'
  | 'invitation_client'
  | 'device_request'
  | 'device_guess_account'
  | 'device_guess_client'
  | 'device_poll_client'
  | 'name_check'
  | 'credential_client';

/** Counts attempts. Shared by all processes of a deployment where its adapter says so. */
export interface AttemptLimiter {
  /**
   * Counts one attempt of `who`.
   *
   * @returns 0 when it may go on, else the whole seconds to wait, at least 1
   */
  take(kind: AttemptKind, who: string): Promise<number>;
  /** The seconds to wait now, without counting: 0 when an attempt may be made. */
  peek(kind: AttemptKind, who: string): Promise<number>;
  /** Forgets the attempts of `who`: the last one was right. */
  reset(kind: AttemptKind, who: string): Promise<void>;
}
