import { declareInWorkerd } from '../../../tests/harness/workerd/suite.js';

await declareInWorkerd({
  entry: new URL('../../../tests/workerd/limits.ts', import.meta.url),
  exports: new URL('../../../tests/workerd/support/movable-limits.ts', import.meta.url),
  bindings: {
    durableObjects: { LIMITS: { className: 'MovableLimits', useSQLite: true } },
  },
});
