import { defineConfig } from 'vitest/config';

const heavy = 'tests/heavy/**/*.test.ts';

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
          exclude: ['**/node_modules/**', heavy],
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
