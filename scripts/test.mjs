import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runBuild, runChecks } from './check.mjs';
import { makeMemoryFolder } from './memory-folder.mjs';

// `npm test` builds, then runs the checks beside the tests. `npm run test:long` (`--long`) does the same with
// the long counts of tests/harness/long.ts. Other arguments go to vitest: `npm test -- packages/edge`.
// The last line is the total of both; .ci/run reads it from the file as well.

const isLong = process.argv.includes('--long');
const filters = process.argv.slice(2).filter((argument) => argument !== '--long');

const results = join(root, 'test-results');
const vitestTotals = join(results, 'vitest.json');
const totalsLine = join(results, 'totals.txt');
mkdirSync(results, { recursive: true });
rmSync(vitestTotals, { force: true });
rmSync(totalsLine, { force: true });

const built = await runBuild();
// The long form uses the disk, as most servers do.
const memoryFolder = isLong ? undefined : makeMemoryFolder();
// One check at a time, because the tests already keep two cores busy.
const [checks, tests] = await Promise.all([runChecks(1, { besideTests: true }), runVitest()]);
for (const name of tests.notRun) console.log(`FAILED, not run: ${name}`);

const passed = built.passed + checks.passed + tests.passed;
const failed = built.failed + checks.failed + tests.failures.length + tests.notRun.length;
const line = `${passed} passed, ${failed} failed`;
writeFileSync(totalsLine, `${line}\n`);
console.log(line);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * What scripts/totals-reporter.ts writes.
 * @typedef {{ passed: number, failures: string[], notRun: string[] }} Totals
 */

/**
 * Runs Vitest and reads the output of the totals reporter. Any error is counted as a failure.
 *
 * @returns {Promise<Totals>}
 */
async function runVitest() {
  const args = ['run', '--reporter=default', '--reporter=./scripts/totals-reporter.ts'];
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...filters],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        AURA_TOTALS_FILE: vitestTotals,
        AURA_TEST_LONG: String(isLong),
        ...(memoryFolder !== undefined && { TMPDIR: memoryFolder }),
      },
    },
  );
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      if (child.exitCode !== null || child.signalCode !== null) process.exit(1);
      // After it has ended its servers, nothing writes into the memory folder.
      child.once('close', () => process.exit(1));
      // A terminal sends SIGINT to both, and a second one would not wait for the servers.
      if (signal !== 'SIGINT') child.kill(signal);
    });
  }
  /** @type {string} How it ended; empty for a normal end. */
  const trouble = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : `ended with ${signal ?? `code ${code}`}`),
    );
  });
  const totals = readTotals();
  const { failures, notRun } = totals;
  if (totals.passed + failures.length + notRun.length === 0) failures.push('no test ran');
  if (trouble !== '' && failures.length === 0) failures.push(`vitest ${trouble}`);
  return totals;
}

/** @returns {Totals} */
function readTotals() {
  try {
    return JSON.parse(readFileSync(vitestTotals, 'utf8'));
  } catch {
    return { passed: 0, failures: ['vitest ended before it had totals'], notRun: [] };
  }
}
