import { ApiError } from '@auraimage/client';

/** Routes that also accept a key or token answer with the last three codes instead. */
const SIGNED_OUT = [
  'sign_in_required',
  'credential_invalid',
  'secret_key_required',
  'secret_key_invalid',
  'visibility_token_required',
];

/** Whether the request failed because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return hasCode(error, ...SIGNED_OUT);
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is ApiError {
  return error instanceof ApiError && codes.includes(error.code);
}
