import { defineConfig } from 'vitest/config';

const heavy = 'tests/heavy/**/*.test.ts';
const s3 = ['adapters/objects-s3/src/**/*.test.ts', 'tests/s3/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: [
            '{packages,adapters,apps}/**/src/**/*.test.{ts,tsx}',
            'tests/**/*.test.{ts,tsx}',
          ],
          exclude: ['**/node_modules/**', heavy, ...s3],
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          // Against a real object store, which starts with the first of them.
          name: 's3',
          include: s3,
          exclude: ['**/node_modules/**'],
          globalSetup: 'tests/s3/support/setup.ts',
          setupFiles: 'tests/s3/support/require-store.ts',
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          // Load, memory and crash tests: one file at a time, after everything else has ended.
          name: 'heavy',
          include: [heavy],
          exclude: ['**/node_modules/**'],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
