import { RECEIPT_ALGORITHM, RECEIPT_TYPE, type ReceiptClaims } from '@auraimage/protocol';
import { JWKSNoMatchingKey, JWSSignatureVerificationFailed } from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import { CliError } from '../errors.js';
import { printable } from '../output.js';
import type { ReceiptKeySet } from './keys.js';

/** Longest receipt in characters: names and addresses are bounded, so none is as long. */
const MAX_LENGTH = 8192;

/**
 * Finds the receipt in a text: a compact JWS, or the JSON of an upload's response with its member `receipt`.
 *
 * @throws {CliError} `receipt_malformed`
 */
export function parseReceipt(text: string, file: string): string {
  const trimmed = text.trim();
  const receipt = trimmed.startsWith('{') ? memberOf(trimmed) : trimmed;
  if (
    receipt !== null &&
    receipt.length <= MAX_LENGTH &&
    /^[\w-]+\.[\w-]+\.[\w-]+$/.test(receipt)
  ) {
    return receipt;
  }
  throw malformed(`${printable(file)} has no receipt`, {
    fix: 'Give the response of an upload as JSON, or the text of its receipt.',
  });
}

function memberOf(json: string): string | null {
  try {
    const { receipt }: { receipt?: unknown } = Object(JSON.parse(json));
    return typeof receipt === 'string' ? receipt : null;
  } catch {
    return null;
  }
}

/**
 * The server that a receipt claims to be of. Not verified: for messages, and for a choice of keys that is pinned
 * elsewhere.
 *
 * @throws {CliError} `receipt_malformed`
 */
export function claimedIssuer(receipt: string): string {
  try {
    const { iss } = decodeJwt(receipt);
    if (typeof iss === 'string') return iss;
  } catch {
    // Reported below.
  }
  throw malformed('The receipt is malformed');
}

/**
 * Verifies the signature and form of a receipt. Its server, `iss`, is for the caller to check.
 *
 * @throws {CliError} `receipt_key_unknown`, `receipt_signature_invalid`, `receipt_malformed`
 */
export async function verifyReceipt(
  receipt: string,
  keySet: ReceiptKeySet,
): Promise<ReceiptClaims> {
  try {
    const { payload } = await jwtVerify(receipt, createLocalJWKSet(keySet), {
      // Whatever the receipt or the key set names: no other algorithm can take a public key for a secret.
      algorithms: [RECEIPT_ALGORITHM],
      typ: RECEIPT_TYPE,
      requiredClaims: ['iss', 'iat'],
    });
    return claimsOf(payload);
  } catch (error) {
    throw explain(error);
  }
}

function claimsOf({ iss, iat, ...claims }: Readonly<Record<string, unknown>>): ReceiptClaims {
  const { project, key, sha256, size } = claims;
  if (
    typeof iss === 'string' &&
    Number.isSafeInteger(iat) &&
    typeof project === 'string' &&
    typeof key === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    Number.isSafeInteger(size)
  ) {
    return { iss, iat: iat as number, project, key, sha256, size: size as number };
  }
  throw malformed('The receipt is signed, but has other claims than a receipt of an upload');
}

function explain(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof JWKSNoMatchingKey) {
    return new CliError(
      'The receipt is signed with a key that is not among the keys of the server',
      {
        code: 'receipt_key_unknown',
        cause: error,
        fix: 'It is of another server, its key was revoked, or the saved keys are older than it.',
      },
    );
  }
  if (error instanceof JWSSignatureVerificationFailed) {
    return new CliError('The signature of the receipt is wrong: it was changed or forged', {
      code: 'receipt_signature_invalid',
      cause: error,
    });
  }
  return malformed('The receipt is not a signed receipt of an upload', { cause: error });
}

function malformed(message: string, details: { fix?: string; cause?: unknown } = {}): CliError {
  return new CliError(message, { ...details, code: 'receipt_malformed' });
}
