import { describe, expect, it, vi } from 'vitest';
import { createRetention } from './retention.js';

const DAY = 86_400_000;
const NOW = 1_900_000_000_000;

/** Rows that are removed from the start, and what the job asked for. */
function start(entries: number, tokens = 0) {
  const left = { entries, tokens };
  const take = (kind: keyof typeof left, most: number) => {
    const taken = Math.min(left[kind], most);
    left[kind] -= taken;
    return taken;
  };
  const removeEntries = vi.fn(async (_: number, limit: number) => take('entries', limit));
  const removeTokens = vi.fn(async (_: object, limit: number) => take('tokens', limit));
  const removeUsage = vi.fn(async () => {});
  const ports = {
    audit: { removeOld: removeEntries },
    cliTokens: { removeOld: removeTokens },
    usage: { removeOld: removeUsage },
    clock: { now: () => NOW },
  };
  const job = createRetention(ports, { auditDays: 400 });
  return { left, removeEntries, removeTokens, removeUsage, job };
}

describe('the job that removes what is old', () => {
  it('removes audit entries and usage by their age, and CLI tokens by expiry and use', async () => {
    const { job, left, removeEntries, removeTokens, removeUsage } = start(3, 2);
    const { signal } = new AbortController();
    await job(signal);
    expect(removeUsage.mock.calls).toEqual([[NOW, signal]]);
    expect(left).toEqual({ entries: 0, tokens: 0 });
    expect(removeEntries.mock.calls).toEqual([[NOW - 400 * DAY, expect.any(Number)]]);
    const bounds = { expiredBefore: NOW - 30 * DAY, unusedSince: NOW - 365 * DAY };
    expect(removeTokens.mock.calls).toEqual([[bounds, expect.any(Number)]]);
  });

  it('goes on in steps until nothing is left', async () => {
    const { job, left, removeEntries } = start(1200);
    await job(new AbortController().signal);
    expect(left.entries).toBe(0);
    expect(removeEntries).toHaveBeenCalledTimes(3);
  });

  it('ends between two steps when the server stops', async () => {
    const { job, left, removeEntries } = start(1200);
    const stopping = new AbortController();
    removeEntries.mockImplementationOnce(async (_, limit) => {
      stopping.abort();
      left.entries -= limit;
      return limit;
    });
    await job(stopping.signal);
    expect(left.entries).toBe(700);
  });
});
