/** Stable codes of {@link AuraImageError}. */
export type AuraImageErrorCode =
  | 'browser'
  | 'setting_missing'
  | 'setting_invalid'
  | 'option_invalid'
  | 'option_unknown'
  | 'key_invalid'
  | 'project_missing'
  | 'download_failed'
  | 'request_failed'
  | 'request_refused';

export interface AuraImageErrorDetails {
  /** HTTP status of the server's response. */
  readonly status?: number;
  /** The server's `X-Aura-Error`. */
  readonly serverCode?: string;
  readonly cause?: unknown;
}

/**
 * Every error that {@link AuraImage} throws. `code` is stable. The message names the setting or option
 * and the fix, and never contains a secret.
 */
export class AuraImageError extends Error {
  override readonly name: string = 'AuraImageError';
  readonly status: number | undefined;
  readonly serverCode: string | undefined;
  constructor(
    readonly code: AuraImageErrorCode,
    message: string,
    { status, serverCode, cause }: AuraImageErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.serverCode = serverCode;
  }
}
