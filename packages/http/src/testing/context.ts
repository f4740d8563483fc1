import type { RequestContext } from '../context.js';

/** The context of a request in tests: to any host, from this machine, by a client that stays connected. */
export const testContext = (changes: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'id',
  client: '::1',
  host: null,
  isOperator: () => false,
  isDisconnected: async () => false,
  facts: {},
  ...changes,
});
