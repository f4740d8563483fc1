import type { AuditLog, CliTokens, Clock, UsageRecords } from '@auraimage/ports';

const DAY = 86_400_000;
/** Days for which a CLI token that has expired is listed. */
export const EXPIRED_DAYS = 30;
/** Days without use after which a CLI token ends, whatever its expiry. */
export const UNUSED_DAYS = 365;
/** Rows of one step: a longer one would keep changes of people waiting. */
const STEP = 500;
/** Pause between two steps, in milliseconds. */
const PAUSE_MS = 50;

/**
 * Returns the job that removes what has reached its age: usage, entries of the audit log, CLI tokens that have expired,
 * and those that nobody uses. Several servers may run it at once.
 *
 * @param auditDays age of entries of the audit log
 *
 * @example
 * const removeOld = createRetention(ports, { auditDays: 400 });
 * await removeOld(shutdown.signal);
 */
export function createRetention(
  {
    audit,
    cliTokens,
    usage,
    clock,
  }: {
    readonly audit: Pick<AuditLog, 'removeOld'>;
    readonly cliTokens: Pick<CliTokens, 'removeOld'>;
    readonly usage: Pick<UsageRecords, 'removeOld'>;
    readonly clock: Clock;
  },
  { auditDays }: { readonly auditDays: number },
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const now = clock.now();
    const tokens = {
      expiredBefore: now - EXPIRED_DAYS * DAY,
      unusedSince: now - UNUSED_DAYS * DAY,
    };
    await inSteps(() => cliTokens.removeOld(tokens, STEP), signal);
    await usage.removeOld(now, signal);
    await inSteps(() => audit.removeOld(now - auditDays * DAY, STEP), signal);
  };
}

async function inSteps(step: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await step()) === STEP) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
