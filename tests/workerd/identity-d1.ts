import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { describeIdentity } from '@auraimage/ports/contracts';
import type { SqlRecords } from '@auraimage/records-sql/d1';
import { vi } from 'vitest';
import { quickHashing } from '../../adapters/identity-better-auth/src/testing/quick-hashing.js';
import { emptyDatabase, openTwice } from './support/database.js';

const secret = 'a secret of better-auth, 32 characters';

describeIdentity('better-auth on D1', async () => {
  const [records, other] = await openTwice();
  await emptyDatabase();
  const accountId = await records.registry.createAccount();
  vi.useFakeTimers({ toFake: ['Date'] });
  const identityOn = ({ kysely, secondFactors }: SqlRecords) =>
    createBetterAuthIdentity({
      kysely,
      secondFactors,
      secret,
      hashing: quickHashing,
    });
  return {
    identity: identityOn(records),
    other: identityOn(other),
    accountId,
    advance: (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    now: () => Date.now(),
    close: async () => void vi.useRealTimers(),
  };
});
