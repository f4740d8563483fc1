import { defineConfig } from 'vitest/config';
import { CostliestFirst } from './scripts/costliest-first.js';
import { WORKER_FILES } from './tests/cloudflare/files.js';

const units = '{packages,apps}/**/src/**/*.test.{ts,tsx}';
const s3 = ['adapters/objects-s3/src/**/*.test.ts', 'tests/s3/**/*.test.ts'];
const postgres = ['adapters/*/src/**/postgres/**/*.test.ts', 'tests/postgres/**/*.test.ts'];
const imageProcesses = 'adapters/imaging-sharp/src/processes.test.ts';
const heavy = 'tests/heavy/**/*.test.ts';
const cluster = 'tests/cluster/*.test.ts';
const onWorker = 'tests/cloudflare/worker/*.test.ts';

/** More than a machine of two cores has: many tests wait for a server, a browser or a clock. */
const WORKERS = 4;
/** For tests of faults, which mostly wait for timeouts and backoffs. */
const WAITING_WORKERS = 6;
/** For load and crash tests, whose long ones wait for most of their time. */
const HEAVY_WORKERS = 3;
/** Projects run in this order; those of one number run together. */
const ORDER = { waiting: 0, most: 1, heavy: 2 };

/**
 * Files of one project run in the same few processes: to load everything anew for each would cost more than
 * many of them do. A module that they share is run once: it must have no hooks of its own.
 */
const shared = {
  isolate: false,
  maxWorkers: WORKERS,
  sequence: { groupOrder: ORDER.most },
};
const waiting = {
  isolate: false,
  maxWorkers: WAITING_WORKERS,
  sequence: { groupOrder: ORDER.waiting },
};

/** Of projects whose files start servers. */
const SERVERS = 'tests/harness/bundle-server.ts';
/** Of projects whose files start a PostgreSQL of their own. */
const POSTGRES = 'tests/postgres/support/template.ts';

/** Of tests that want the machine for themselves, as far as they can have it. */
const alone = { testTimeout: 300_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    allowOnly: false,
    // See tests/harness/long.ts.
    provide: { long: process.env['AURA_TEST_LONG'] === 'true' },
    // Limits for what hangs: a machine at work takes several times as long as it would.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 20_000 } },
    // What is built needs no transform.
    server: { deps: { external: [/\/(?:packages|adapters|apps)\/[^/]+\/dist\//] } },
    sequence: { sequencer: CostliestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [units],
          exclude: ['**/node_modules/**'],
          ...shared,
        },
      },
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', heavy, cluster, onWorker, ...s3, ...postgres],
          globalSetup: SERVERS,
          ...shared,
        },
      },
      {
        extends: true,
        test: {
          // Acceptance tests again, with the Worker as their server.
          name: 'cloudflare',
          include: [...WORKER_FILES, onWorker],
          exclude: ['**/node_modules/**'],
          provide: { host: 'cloudflare' },
          globalSetup: 'tests/harness/prepare-worker.ts',
          setupFiles: 'tests/cloudflare/connections.ts',
          ...shared,
        },
      },
      {
        extends: true,
        test: {
          name: 'adapters',
          include: ['adapters/**/src/**/*.test.ts'],
          exclude: ['**/node_modules/**', imageProcesses, ...s3, ...postgres],
          ...shared,
        },
      },
      {
        extends: true,
        test: {
          // In a process of its own, whose children it counts.
          name: 'image-processes',
          include: [imageProcesses],
          exclude: ['**/node_modules/**'],
          maxWorkers: WORKERS,
          sequence: { groupOrder: ORDER.most },
        },
      },
      {
        extends: true,
        test: {
          // Against a real object store, which starts with the run.
          name: 's3',
          include: s3,
          exclude: ['**/node_modules/**'],
          globalSetup: [SERVERS, POSTGRES, 'tests/s3/support/setup.ts'],
          setupFiles: 'tests/s3/support/require-store.ts',
          ...waiting,
        },
      },
      {
        extends: true,
        test: {
          // Against a real PostgreSQL, which starts with the run.
          name: 'postgres',
          include: postgres,
          exclude: ['**/node_modules/**'],
          globalSetup: [SERVERS, POSTGRES, 'tests/postgres/support/setup.ts'],
          setupFiles: 'tests/postgres/support/require-server.ts',
          ...waiting,
        },
      },
      {
        extends: true,
        test: {
          // Load and crash tests, after everything else has ended.
          name: 'heavy',
          include: [heavy],
          exclude: ['**/node_modules/**'],
          globalSetup: SERVERS,
          maxWorkers: HEAVY_WORKERS,
          sequence: { groupOrder: ORDER.heavy },
          ...alone,
        },
      },
      {
        extends: true,
        test: {
          // Several servers, and all that goes wrong around them: with the load and crash tests.
          name: 'cluster',
          include: [cluster],
          exclude: ['**/node_modules/**'],
          globalSetup: [SERVERS, POSTGRES, 'tests/s3/support/setup.ts'],
          setupFiles: 'tests/s3/support/require-store.ts',
          maxWorkers: HEAVY_WORKERS,
          sequence: { groupOrder: ORDER.heavy },
          ...alone,
        },
      },
    ],
  },
});
