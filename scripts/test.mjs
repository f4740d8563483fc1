import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runChecks } from './check.mjs';

// `npm test` runs the checks, then every test. Arguments go to vitest: `npm test -- packages/edge`.
// The last line is the total of both; .ci/run finds it in the file as well.

const results = join(root, 'test-results');
const vitestTotals = join(results, 'vitest.json');
const totalsLine = join(results, 'totals.txt');
mkdirSync(results, { recursive: true });
rmSync(vitestTotals, { force: true });
rmSync(totalsLine, { force: true });

const checks = await runChecks();
const tests = runVitest();
for (const name of tests.notRun) console.log(`FAILED, not run: ${name}`);

const passed = checks.passed + tests.passed;
const failed = checks.failed + tests.failures.length + tests.notRun.length;
const line = `${passed} passed, ${failed} failed`;
writeFileSync(totalsLine, `${line}\n`);
console.log(line);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * What scripts/totals-reporter.ts writes.
 * @typedef {{ passed: number, failures: string[], notRun: string[] }} Totals
 */

/**
 * Runs vitest and reads what the totals reporter wrote. Whatever goes wrong on the way is a failure.
 *
 * @returns {Totals}
 */
function runVitest() {
  const args = ['run', '--reporter=default', '--reporter=./scripts/totals-reporter.ts'];
  const { status, signal, error } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit', env: { ...process.env, AURA_TOTALS_FILE: vitestTotals } },
  );
  const totals = readTotals();
  const { failures, notRun } = totals;
  if (error) failures.push(`vitest did not start: ${error.message}`);
  if (totals.passed + failures.length + notRun.length === 0) failures.push('no test ran');
  if (status !== 0 && failures.length === 0) {
    failures.push(`vitest ended with ${signal ?? `code ${status}`}`);
  }
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
