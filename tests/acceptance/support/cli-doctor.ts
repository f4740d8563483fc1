import { expect } from 'vitest';
import { shortOrLong } from '../../harness/long.js';
import type { Desk } from './cli.js';

interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly fix?: string;
}

/** A few of the cases in a normal run: packages/control and apps/cli have a unit test of every cause. */
export const some = <T>(cases: readonly T[]) =>
  cases.filter((_, at) => shortOrLong(at % 6 === 0, true));

/** Runs `aura doctor --json`. */
export async function runDoctor(
  desk: Desk,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const { exit, out, err } = await desk.aura(['doctor', ...argv, '--json'], { env });
  expect(out, err).not.toBe('');
  const { ok, checks }: { ok: boolean; checks: Check[] } = JSON.parse(out);
  return { exit, ok, checks, find: (id: string) => checks.find((check) => check.id === id) };
}
