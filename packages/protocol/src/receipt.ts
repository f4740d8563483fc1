/**
 * Header `typ` of a receipt (RFC 7515 §4.1.9): no other JWT of the same key can be taken for a receipt (RFC 8725
 * §3.11).
 */
export const RECEIPT_TYPE = 'aura-receipt+jwt';

/** Header `alg` of a receipt (RFC 8037). */
export const RECEIPT_ALGORITHM = 'EdDSA';

/** Path of the JWK set (RFC 7517) with the keys of a server's receipts, below its base URL. */
export const RECEIPT_KEYS_PATH = '/.well-known/aura-keys.json';

/** What a receipt says: that the server stored these bytes under this name at this time. */
export interface ReceiptClaims {
  /** The server's base URL for images, without a trailing slash. */
  readonly iss: string;
  /** When the upload was stored, in whole Unix seconds. */
  readonly iat: number;
  readonly project: string;
  /** The image's key at that time. */
  readonly key: string;
  /** SHA-256 of the uploaded file: 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the uploaded file. */
  readonly size: number;
}
