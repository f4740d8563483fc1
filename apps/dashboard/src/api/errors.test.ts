import { ApiError } from '@auraimage/client';
import { describe, expect, it } from 'vitest';
import { isSignedOut } from './errors.js';

const withCode = (status: number, code: string) => new ApiError({ status, code, message: '' });

describe('isSignedOut', () => {
  it.each([
    'sign_in_required',
    'credential_invalid',
    'secret_key_required',
    'secret_key_invalid',
    'visibility_token_required',
  ])('is true for %s', (code) => {
    expect(isSignedOut(withCode(401, code))).toBe(true);
  });

  it('is false for a wrong password, a refusal and a network error', () => {
    expect(isSignedOut(withCode(401, 'sign_in_failed'))).toBe(false);
    expect(isSignedOut(withCode(403, 'project_forbidden'))).toBe(false);
    expect(isSignedOut(withCode(0, 'network'))).toBe(false);
    expect(isSignedOut(new Error('credential_invalid'))).toBe(false);
  });
});
