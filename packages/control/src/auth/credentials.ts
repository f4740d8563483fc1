import { ApiError, z } from '@auraimage/http';
import type { AttemptKind, AttemptLimiter } from '@auraimage/ports';

/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
const MAX_EMAIL_LENGTH = 254;
const MIN_PASSWORD_LENGTH = 12;
const MAX_PASSWORD_LENGTH = 128;

const emailText = z.email().max(MAX_EMAIL_LENGTH);

export const isEmail = (text: string): boolean => emailText.safeParse(text).success;

/** Fields of bodies. Their rules have error codes of their own, so the schemas do not check them. */
export const emailField = z.string().openapi({ format: 'email', example: 'ada@example.com' });
export const passwordField = z.string().openapi({
  format: 'password',
  description: `${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`,
});

/** The canonical spelling of an email, under which a user is stored. */
export function normaliseEmail(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}

/** @throws {ApiError} `email_invalid` */
export function readEmail(text: string): string {
  const email = normaliseEmail(text);
  if (!isEmail(email)) throw new ApiError('email_invalid');
  return email;
}

/** @throws {ApiError} `password_weak` */
export function checkPassword(text: string): void {
  const isStrong = text.length >= MIN_PASSWORD_LENGTH && text.length <= MAX_PASSWORD_LENGTH;
  if (!isStrong) throw new ApiError('password_weak');
}

/** The kind of an attempt, and the client, email or user whose limit counts it. */
export type Attempt = readonly [kind: AttemptKind, who: string];

/**
 * Counts attempts, up to the first that exceeds its limit. Call it before the credential is verified: otherwise
 * concurrent guesses would all pass. {@link refundAttempts} takes successful ones back.
 *
 * @throws {ApiError} `too_many_attempts`
 */
export async function countAttempts(
  attempts: Pick<AttemptLimiter, 'consume'>,
  each: readonly Attempt[],
): Promise<void> {
  for (const [kind, who] of each) {
    const retryAfterSeconds = await attempts.consume(kind, who);
    if (retryAfterSeconds > 0) throw new ApiError('too_many_attempts', { retryAfterSeconds });
  }
}

/** Takes successful attempts back. */
export async function refundAttempts(
  attempts: Pick<AttemptLimiter, 'refund'>,
  each: readonly Attempt[],
): Promise<void> {
  for (const [kind, who] of each) await attempts.refund(kind, who);
}

/**
 * Runs work that checks or hashes a password. If it fails, the password was not checked, so the attempts are taken
 * back: a busy server must not lock anybody out.
 */
export async function refundingFailures<T>(
  attempts: Pick<AttemptLimiter, 'refund'>,
  each: readonly Attempt[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await refundAttempts(attempts, each);
    throw error;
  }
}
