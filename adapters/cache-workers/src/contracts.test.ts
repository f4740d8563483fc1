import { declareInWorkerd } from '../../../tests/harness/workerd/suite.js';

await declareInWorkerd({
  entry: new URL('../../../tests/workerd/cache-workers.ts', import.meta.url),
  bindings: {},
});
