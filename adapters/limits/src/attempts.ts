import { createHmac, randomBytes } from 'node:crypto';
import type { AttemptKind, AttemptLimiter } from '@auraimage/ports';
import { networkOf } from './network.js';
import { type CreateWindows, type Rate, type Windows, wait } from './windows.js';

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

export interface AttemptLimiterOptions {
  /**
   * Secret. Attempts that are counted together, by several processes, have the same; a random one where
   * this is absent.
   */
  readonly key?: Uint8Array;
  readonly limits?: Readonly<Record<AttemptKind, Rate>>;
}

/**
 * Counts attempts, each kind in windows of its own length. Clients of IPv6 are counted by their network of
 * 64 bits, of which one machine has all the addresses.
 *
 * @example
 * const attempts = createAttemptLimiter(createMemoryWindows);
 * await attempts.take('sign_in_client', '203.0.113.7'); // 0: may go on
 */
export function createAttemptLimiter(
  createWindows: CreateWindows,
  { key = randomBytes(32), limits = ATTEMPT_LIMITS }: AttemptLimiterOptions = {},
): AttemptLimiter {
  const windows = new Map<AttemptKind, Windows>();
  const windowsOf = (kind: AttemptKind) => {
    const known = windows.get(kind);
    if (known !== undefined) return known;
    const made = createWindows(kind, limits[kind]);
    windows.set(kind, made);
    return made;
  };

  // Nobody outside knows who shares a place, so that a flood cannot be aimed at one who is let in.
  const placeOf = (kind: AttemptKind, who: string) => {
    const text = kind.endsWith('_client') ? networkOf(who) : who;
    return String(createHmac('sha256', key).update(text).digest().readUInt32BE() % PLACES);
  };

  return {
    take: (kind, who) => wait(windowsOf(kind), placeOf(kind, who)),
    async giveBack(kind, who) {
      const place = placeOf(kind, who);
      const counted = await windowsOf(kind).get(place);
      if ((counted?.consumedPoints ?? 0) > 0) await windowsOf(kind).reward(place, 1);
    },
    async reset(kind, who) {
      await windowsOf(kind).delete(placeOf(kind, who));
    },
  };
}
