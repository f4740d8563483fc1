/** Facts about a failed request. */
export interface FailureFacts {
  /** HTTP status; absent without a response. */
  readonly status?: number;
  /** The store's message, for the log. */
  readonly detail?: string;
  /** The region that the store says the bucket is in. */
  readonly region?: string;
  /** Minutes that this machine's clock is ahead of the store's. */
  readonly skewMinutes?: number;
  readonly cause?: unknown;
}

/** A failed request. `code` is the store's error code, or one of {@link Silence}. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly status: number | undefined;
  readonly region: string | undefined;
  readonly skewMinutes: number | undefined;
  constructor(
    readonly code: string,
    { status, detail = '', region, skewMinutes, cause }: FailureFacts = {},
  ) {
    super([code, status, detail].filter((part) => part).join(' '), { cause });
    this.status = status;
    this.region = region;
    this.skewMinutes = skewMinutes;
  }

  /** Whether a retry of the same request may succeed. */
  get isPassing(): boolean {
    if (this.status === undefined) return PASSING_SILENCE.has(this.code);
    return PASSING_STATUS.has(this.status) || PASSING_CODES.has(this.code);
  }
}

/** Codes of requests without a complete response. */
type Silence =
  | 'refused'
  | 'timeout'
  | 'broken'
  | 'unknown_host'
  | 'certificate'
  | 'not_tls'
  | 'corrupt';

const PASSING_SILENCE: ReadonlySet<string> = new Set<Silence>([
  'refused',
  'timeout',
  'broken',
  'unknown_host',
  'corrupt', // perhaps damaged in transit
]);
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** Codes that allow a retry in spite of their status: bytes damaged in transit, and conflicts with other requests. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'XAmzContentSHA256Mismatch',
]);

const SILENCES: Readonly<Record<string, Silence>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'broken',
  EPIPE: 'broken',
  UND_ERR_SOCKET: 'broken',
  UND_ERR_CLOSED: 'broken',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broken',
  ENOTFOUND: 'unknown_host',
  EAI_AGAIN: 'unknown_host',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  EPROTO: 'not_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not_tls',
};

/** Converts a network error into an {@link S3Failure}; returns any other error unchanged. */
export function networkFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof S3Failure) return error;
  const code = 'code' in error ? String(error.code) : '';
  const silence = code.startsWith('HPE_') ? 'broken' : SILENCES[code];
  if (silence === undefined) return error;
  return new S3Failure(silence, { detail: error.message, cause: error });
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof S3Failure && codes.includes(error.code);
}
