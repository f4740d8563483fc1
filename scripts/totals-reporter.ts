import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

/** The file that `scripts/test.mjs` reads. */
interface Totals {
  /** Number of passed tests. */
  passed: number;
  /** Failed tests, files that did not load, failed hooks, and errors outside any test. */
  readonly failures: string[];
  /** Tests marked skip or todo, or left out by an error or a filter. */
  readonly notRun: string[];
}

/**
 * Writes the true totals of a run. Vitest's JSON reporter leaves out errors outside any test, and
 * counts a file that did not load as no test at all.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const totals: Totals = { passed: 0, failures: [], notRun: [] };
    for (const testModule of modules) count(testModule, totals);
    for (const { name, message } of unhandledErrors) totals.failures.push(`${name}: ${message}`);
    if (reason === 'interrupted') totals.failures.push('the run was interrupted');
    const file = process.env['AURA_TOTALS_FILE'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(totals));
  }
}

function count(testModule: TestModule, totals: Totals): void {
  const file = testModule.relativeModuleId;
  let tests = 0;
  for (const test of testModule.children.allTests()) {
    tests += 1;
    const { state } = test.result();
    if (state === 'passed') totals.passed += 1;
    else if (state === 'failed') totals.failures.push(`${file}: ${test.fullName}`);
    else totals.notRun.push(`${file}: ${test.fullName}`);
  }
  const suites = [...testModule.children.allSuites()];
  const errors = [testModule, ...suites].flatMap((suite) => suite.errors());
  totals.failures.push(...errors.map(({ message }) => `${file}: ${message}`));
  if (tests === 0 && errors.length === 0) totals.failures.push(`${file}: no test ran in it`);
}
