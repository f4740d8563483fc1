import { describeIdentity } from '@auraimage/ports/contracts';
import { createMemoryIdentity } from './memory-identity.js';

describeIdentity('memory', async () => {
  let now = Date.now(); // only `advance` changes it
  const identity = createMemoryIdentity(() => now);
  return {
    identity,
    other: identity,
    accountId: 'account',
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    close: async () => {},
  };
});
