import { declareInWorkerd } from '../../../../tests/harness/workerd/suite.js';

await declareInWorkerd({
  entry: new URL('../../../../tests/workerd/identity-d1.ts', import.meta.url),
  bindings: { d1Databases: ['DB'] },
});
