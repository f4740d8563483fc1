import type { NewAuditEntry, User } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSignInFailures } from './sign-in-failures.js';

const ADA: User = {
  id: 'ada',
  accountId: 'account 1',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'admin',
};
const MINUTE = 60_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

function start() {
  const state = { isDown: false, lookUps: 0 };
  const entries: NewAuditEntry[] = [];
  const reported: unknown[] = [];
  const kept: Promise<unknown>[] = [];
  const failures = createSignInFailures(
    {
      identity: {
        async findUserByEmail(email) {
          state.lookUps++;
          if (state.isDown) throw new Error('the database is down');
          return email === ADA.email ? ADA : null;
        },
      },
      audit: { append: async (added) => void entries.push(...added) },
      clock: { now: Date.now },
    },
    {
      onFailure: (failure) => reported.push(failure),
      background: (work) => kept.push(work),
    },
  );
  const attempts = () => entries.map(({ details }) => details['attempts']);
  return { state, entries, reported, kept, attempts, ...failures };
}

describe('failed sign-ins', () => {
  it('are in the log within two seconds, but not before the response', async () => {
    const { note, entries } = start();
    note(ADA.email, '192.0.2.1');
    await vi.advanceTimersByTimeAsync(1999);
    expect(entries).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(entries).toMatchObject([{ accountId: 'account 1', address: '192.0.2.1' }]);
  });

  it('keep the host alive until they are written, and are written where it ended their timer', async () => {
    const { note, entries, kept } = start();
    note(ADA.email, '192.0.2.1');
    vi.clearAllTimers();
    await vi.advanceTimersByTimeAsync(5000);
    note(ADA.email, '192.0.2.2');
    await vi.advanceTimersByTimeAsync(2000);
    await kept[1];
    expect(entries).toMatchObject([{ details: { attempts: 2 } }]);
  });

  it('make at most an entry each 15 minutes, which has all of them', async () => {
    const { note, attempts, close } = start();
    for (let minute = 0; minute < 60; minute++) {
      for (let n = 0; n < 100; n++) note(ADA.email, `192.0.2.${n}`);
      await vi.advanceTimersByTimeAsync(MINUTE);
    }
    expect(attempts().length).toBeLessThanOrEqual(5);
    await close();
    expect(attempts().reduce<number>((sum, each) => sum + Number(each), 0)).toBe(6000);
  });

  it('of unknown emails make none, and are forgotten', async () => {
    const { note, entries, state } = start();
    for (let n = 0; n < 50; n++) note(`nobody-${n}@example.com`, '192.0.2.1');
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(entries).toEqual([]);
    expect(state.lookUps).toBe(50);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('take bounded memory', async () => {
    const { note, attempts, state, close } = start();
    note(ADA.email, '192.0.2.1');
    for (let n = 0; n < 12_000; n++) note(`nobody-${n}@example.com`, '192.0.2.1');
    note(ADA.email, '192.0.2.1');
    await close();
    expect(state.lookUps).toBe(10_000);
    expect(attempts()).toEqual([2]);
  });

  it('are written later if the database fails', async () => {
    const { note, attempts, state, reported } = start();
    state.isDown = true;
    note(ADA.email, '192.0.2.1');
    await vi.advanceTimersByTimeAsync(5000);
    expect(reported).toHaveLength(2);
    state.isDown = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(attempts()).toEqual([1]);
  });
});
