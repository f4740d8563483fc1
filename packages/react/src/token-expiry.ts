import { claimsOf } from './token-claims.js';

/** Renew when a tenth of the remaining lifetime is left, and at most a minute. */
const LEAD_SHARE = 0.1;
const MAX_LEAD_MS = 60_000;
/** Half of the shortest lifetime that the SDK signs. */
const MIN_LEFT_MS = 30_000;
/** Longest timeout that browsers accept. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads when a signed URL expires, in milliseconds since 1970; `null` if it has no readable token.
 * Nothing is verified: the result only schedules the renewal.
 */
export function expiryOf(url: string): number | null {
  const { exp } = claimsOf(url);
  return typeof exp === 'number' && Number.isSafeInteger(exp) ? exp * 1000 : null;
}

/**
 * Milliseconds until the URL should be renewed; `null` for never. A URL that was just signed and is
 * about to expire means that a clock is wrong. Renewing it would loop, because the next URL would
 * look the same; so wait until the image fails to load instead.
 *
 * @param isRenewed whether `refreshUrl` returned the URL
 */
export function renewalDelay(expiry: number, now: number, isRenewed: boolean): number | null {
  const left = expiry - now;
  if (isRenewed && left < MIN_LEFT_MS) return null;
  const lead = Math.min(left * LEAD_SHARE, MAX_LEAD_MS);
  return Math.min(Math.max(0, left - lead), MAX_TIMER_MS);
}
