import type { AttemptKind, AttemptLimiter } from '@auraimage/ports';
import { ControlError } from '../errors.js';

/** What is counted, and of whom. */
export type Attempt = readonly [kind: AttemptKind, who: string];

/**
 * Counts an attempt in each way, and stops at the first that is used up. They are counted before it is
 * known whether they are right: many at once cannot all slip through.
 *
 * @throws {ControlError} `too_many_attempts`
 */
export async function countAttempts(
  attempts: Pick<AttemptLimiter, 'consume'>,
  each: readonly Attempt[],
): Promise<void> {
  for (const [kind, who] of each) {
    const retryAfterSeconds = await attempts.consume(kind, who);
    if (retryAfterSeconds > 0) throw new ControlError('too_many_attempts', { retryAfterSeconds });
  }
}

/** For attempts that were no guesses. */
export async function refundAttempts(
  attempts: Pick<AttemptLimiter, 'refund'>,
  each: readonly Attempt[],
): Promise<void> {
  for (const [kind, who] of each) await attempts.refund(kind, who);
}
