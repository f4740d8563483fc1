import { describe, expect, it } from 'vitest';
import { ApiError, isSignedOut } from './errors.js';

const withCode = (status: number, code: string) => new ApiError({ status, code, message: '' });

describe('isSignedOut', () => {
  it.each([
    'sign_in_required',
    'credential_invalid',
    'secret_key_required',
    'secret_key_invalid',
    'visibility_token_required',
  ])('is told by %s', (code) => {
    expect(isSignedOut(withCode(401, code))).toBe(true);
  });

  it('is not told by a wrong password, a refusal or a broken connection', () => {
    expect(isSignedOut(withCode(401, 'sign_in_failed'))).toBe(false);
    expect(isSignedOut(withCode(403, 'project_forbidden'))).toBe(false);
    expect(isSignedOut(withCode(0, 'network'))).toBe(false);
    expect(isSignedOut(new Error('credential_invalid'))).toBe(false);
  });
});
