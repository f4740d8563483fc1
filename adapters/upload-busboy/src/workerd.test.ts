import { declareInWorkerd } from '../../../tests/harness/workerd/suite.js';

await declareInWorkerd({
  entry: new URL('../../../tests/workerd/upload-busboy.ts', import.meta.url),
  bindings: {},
});
