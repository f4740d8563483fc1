/** Time left when a new address is asked for: a tenth of what there was, and at most a minute. */
const LEAD_SHARE = 0.1;
const MAX_LEAD_MS = 60_000;
/** Half of the shortest life that an address is given. */
const LEAST_LEFT_MS = 30_000;
/** What browsers take for a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * When a signed address ends, in milliseconds since 1970; `null` for one without a token that can be
 * read. Nothing is verified: only to know when to ask for a new one.
 */
export function expiryOf(url: string): number | null {
  const payload = /[?&]token=([\w-]+)\./.exec(url)?.[1];
  if (payload === undefined) return null;
  try {
    const { exp } = Object(JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))));
    return Number.isSafeInteger(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}

/**
 * Milliseconds until a new address is to be asked for; `null` for never. An address that was made a
 * moment ago and is about to end says that a clock is wrong: each one that follows it would say the
 * same, and be asked for at once. So wait for an error instead.
 */
export function renewalDelay(expiry: number, now: number, isRenewed: boolean): number | null {
  const left = expiry - now;
  if (isRenewed && left < LEAST_LEFT_MS) return null;
  const lead = Math.min(left * LEAD_SHARE, MAX_LEAD_MS);
  return Math.min(Math.max(0, left - lead), MAX_TIMER_MS);
}
