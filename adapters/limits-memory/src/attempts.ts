import { createHmac, randomBytes } from 'node:crypto';
import type { AttemptKind, AttemptLimiter } from '@auraimage/control';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from './network.js';
import { type Rate, wait } from './rate.js';

/** Who is counted falls into one of so many places, for each kind: what is kept never grows beyond. */
const PLACES = 2 ** 17;

/** Far above what people do, far below what guessing needs. */
export const ATTEMPT_LIMITS: Readonly<Record<AttemptKind, Rate>> = {
  sign_in_client: { points: 30, seconds: 900 },
  sign_in_email: { points: 10, seconds: 900 },
  password_change: { points: 10, seconds: 900 },
  invitation_client: { points: 30, seconds: 600 },
  device_request_client: { points: 20, seconds: 600 },
  device_guess_account: { points: 10, seconds: 600 },
  device_guess_client: { points: 20, seconds: 600 },
  device_poll_client: { points: 600, seconds: 600 },
  name_check_client: { points: 120, seconds: 60 },
};

/**
 * Counts attempts in this process's memory, each kind in windows of its own length. Clients of IPv6 are
 * counted by their network of 64 bits, of which one machine has all the addresses.
 *
 * @example
 * const attempts = createMemoryAttemptLimiter();
 * await attempts.take('sign_in_client', '203.0.113.7'); // 0: may go on
 */
export function createMemoryAttemptLimiter(
  limits: Readonly<Record<AttemptKind, Rate>> = ATTEMPT_LIMITS,
): AttemptLimiter {
  const windows = new Map<AttemptKind, RateLimiterMemory>();
  const windowsOf = (kind: AttemptKind) => {
    const known = windows.get(kind);
    if (known !== undefined) return known;
    const { points, seconds } = limits[kind];
    const made = new RateLimiterMemory({ points, duration: seconds });
    windows.set(kind, made);
    return made;
  };

  // Nobody outside knows who shares a place, so that a flood cannot be aimed at one who is let in.
  const key = randomBytes(32);
  const placeOf = (kind: AttemptKind, who: string) => {
    const text = kind.endsWith('_client') ? networkOf(who) : who;
    return String(createHmac('sha256', key).update(text).digest().readUInt32BE() % PLACES);
  };

  return {
    take: (kind, who) => wait(windowsOf(kind), placeOf(kind, who)),
    async giveBack(kind, who) {
      const place = placeOf(kind, who);
      const counted = await windowsOf(kind).get(place);
      if ((counted?.consumedPoints ?? 0) > 0) await windowsOf(kind).reward(place);
    },
    async reset(kind, who) {
      await windowsOf(kind).delete(placeOf(kind, who));
    },
  };
}
