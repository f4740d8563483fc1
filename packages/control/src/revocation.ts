import type { Clock } from '@auraimage/ports';

/** Maximum wait for the next second, in milliseconds, even if the clock is set back. */
const MAX_WAIT_MS = 1100;

/**
 * Runs a revocation of the tokens that have been issued so far. They have whole seconds, so those of the second of
 * the commit are revoked as well. The result waits for the end of that second, so that tokens issued after it work.
 *
 * @param revoke gets the whole Unix second before which tokens are revoked
 *
 * @example
 * const image = await revokeIssued(clock, (before) => images.revokeLinks(address, before, origin));
 */
export async function revokeIssued<T>(
  clock: Clock,
  revoke: (before: number) => Promise<T>,
): Promise<T> {
  const before = Math.floor(clock.now() / 1000) + 1;
  const revoked = await revoke(before);
  const started = performance.now();
  for (;;) {
    const left = MAX_WAIT_MS - (performance.now() - started);
    const wait = Math.min(before * 1000 - clock.now(), left);
    if (wait <= 0) return revoked;
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)));
  }
}
