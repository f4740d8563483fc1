/**
 * The acceptance tests that run with both servers: what can differ between them. What packages/ does is the same code,
 * and is tested with the server of apps/node. `npm run test:long` runs them all.
 */
const QUICK = [
  'recipients',
  'serve-ranges',
  'serve-table',
  'transform-private',
  'upload-multipart',
];

const OTHERS = [
  'addresses',
  'control-provider',
  'control-sessions',
  'list-filters',
  'names',
  'serve-headers',
  'serve-tokens',
  'upload-files',
  'visibility',
];

const isLong = process.env['AURA_TEST_LONG'] === 'true';

export const ON_WORKER: readonly string[] = [...QUICK, ...(isLong ? OTHERS : [])].map(
  (name) => `tests/acceptance/${name}.test.ts`,
);
