import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { describeIdentity } from '@auraimage/ports/contracts';
import type { SqlRecords } from '@auraimage/records-sql/d1';
import { expect, it, vi } from 'vitest';
import { quickHashing } from '../../adapters/identity-better-auth/src/testing/quick-hashing.js';
import { CLOSED, createPrimary, plain } from '../../adapters/records-sql/src/d1/binding.js';
import { binding, emptyDatabase, openTwice } from './support/database.js';

const secret = 'a secret of better-auth, 32 characters';

const identityOn = ({ kysely, secondFactors }: SqlRecords) =>
  createBetterAuthIdentity({ kysely, secondFactors, secret, hashing: quickHashing });

describeIdentity('better-auth on D1', async () => {
  const [records, other] = await openTwice();
  await emptyDatabase();
  const accountId = await records.registry.createAccount();
  vi.useFakeTimers({ toFake: ['Date'] });
  return {
    identity: identityOn(records),
    other: identityOn(other),
    accountId,
    advance: (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    now: () => Date.now(),
    close: async () => void vi.useRealTimers(),
  };
});

it('leaves people signed in while the database is closed for changes', async () => {
  const [records] = await openTwice();
  await emptyDatabase();
  const identity = identityOn(records);
  const accountId = await records.registry.createAccount();
  const facts = { accountId, email: 'ada@example.com', name: 'Ada', role: 'member' } as const;
  const user = await identity.createUser({ ...facts, password: null });
  if (user === 'email_taken') throw new Error(user);
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const began = await identity.createSession(user.id, { address: '', userAgent: '' });
    if (!('token' in began)) throw new Error('refused');
    vi.setSystemTime(Date.now() + 2 * 3_600_000); // it is renewed then
    const primary = createPrimary(binding);
    // As `closeD1` does with every table.
    const close = `BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, '${CLOSED}'); END`;
    await primary.query(plain(`CREATE TRIGGER closed ${close}`));
    const reopen = async () => void (await primary.query(plain('DROP TRIGGER closed')));
    const found = await identity.findSession(began.token).finally(reopen);
    expect(found?.session).toEqual(began.session);
    const renewed = await identity.findSession(began.token);
    expect(renewed?.session.lastUsedAt).toBe(Date.now());
  } finally {
    vi.useRealTimers();
  }
});
