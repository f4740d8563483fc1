import { declareInWorkerd } from '../../../tests/harness/workerd/suite.js';

await declareInWorkerd({
  entry: new URL('../../../tests/workerd/objects-r2.ts', import.meta.url),
  bindings: { r2Buckets: ['MASTERS'] },
});
