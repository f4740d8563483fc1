/** What is limited against guessing and flooding; each kind has a limit of its own. */
export type AttemptKind =
  | 'sign_in_network'
  | 'sign_in_email_network'
  | 'sign_in_email'
  | 'sign_in_browser'
  | 'provider_client'
  | 'second_factor_network'
  | 'second_factor_user'
  | 'second_factor_browser'
  | 'password_change'
  | 'invitation_client'
  | 'password_reset_client'
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
   * @param client network address; `null` if the upload counts for its project only
   * @returns 0 when the upload is allowed, else the whole seconds until the next one is, at least 1
   */
  consume(client: string | null, project: string): Promise<number>;
}

/** Work of image processes, by all that it counts for. */
export interface EncodeWork {
  readonly project: string;
  /** Network of the client that asked for it; empty for the server's own work, absent if no client counts. */
  readonly client?: string;
  /** Object id of the image; absent for an upload and for the server's own work. */
  readonly image?: string;
  /** Whether it takes a credential of the project: a serve token or an upload token. */
  readonly signed: boolean;
}

/** A bound on work: of the whole project, of one client or image in it, or of all its unsigned work. */
export type EncodeBound = 'project' | 'client' | 'image' | 'unsigned';

export interface EncodeRefusal {
  readonly bound: EncodeBound;
  /** Whole seconds until the work may start, at least 1. */
  readonly retryAfterSeconds: number;
}

/**
 * Limits the CPU time that image processes may take for each project. Inside a project's budget, a client, an
 * image and all unsigned work have shares smaller than the whole: none of them can use it up alone.
 */
export interface EncodeBudget {
  /** @returns the bound that refuses the work, the one with the longest wait; `null` when it may start */
  check(work: EncodeWork): Promise<EncodeRefusal | null>;
  /** Charges time to every bound of the work. A negative time refunds what was charged in advance. */
  spend(work: EncodeWork, milliseconds: number): Promise<void>;
}
