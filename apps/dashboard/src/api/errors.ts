import { ApiError, toApiError } from '@auraimage/client';

export { ApiError, toApiError };

/** All but the first two are said by routes that take a key or token in the session's place: images. */
const SIGNED_OUT = [
  'sign_in_required',
  'credential_invalid',
  'secret_key_required',
  'secret_key_invalid',
  'visibility_token_required',
];

/** Whether the session or token that was sent is good for nothing (any more). */
export function isSignedOut(error: unknown): boolean {
  return hasCode(error, ...SIGNED_OUT);
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is ApiError {
  return error instanceof ApiError && codes.includes(error.code);
}
