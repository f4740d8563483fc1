/**
 * The acceptance tests that run with both servers: what can differ between them. What packages/ does is the same code,
 * and is tested with the server of apps/node.
 */
export const ON_WORKER: readonly string[] = [
  'addresses',
  'list-filters',
  'recipients',
  'serve-headers',
  'serve-ranges',
  'serve-table',
  'serve-tokens',
  'transform-private',
  'upload-files',
  'upload-multipart',
  'visibility',
].map((name) => `tests/acceptance/${name}.test.ts`);
