import { describeIdentity } from '../contracts/identity.js';
import { createMemoryIdentity } from './memory-identity.js';

describeIdentity('memory', async () => {
  let later = 0;
  const identity = createMemoryIdentity(() => Date.now() + later);
  return {
    identity,
    other: identity,
    accountId: 'account',
    pass: (seconds) => {
      later += seconds * 1000;
    },
    close: async () => {},
  };
});
