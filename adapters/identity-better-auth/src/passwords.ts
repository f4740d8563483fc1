import { hashPassword, verifyPassword } from 'better-auth/crypto';
import pLimit from 'p-limit';

/**
 * Passwords that are worked on at once. Each takes one of the four threads that files are read with, for a
 * tenth of a second: a flood of sign-ins waits for itself, and pictures do not wait for it.
 */
const AT_ONCE = 2;

/** better-auth's scrypt, a few at a time; whoever comes first is first. */
export function createPasswords() {
  const limit = pLimit(AT_ONCE);
  return {
    hash: (password: string) => limit(hashPassword, password),
    verify: (given: { readonly hash: string; readonly password: string }) =>
      limit(verifyPassword, given),
  };
}
