import type { Output } from '../output.js';

/** One thing that was looked at. */
export interface Check {
  /** Stable name. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found, in plain words. */
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

export function ok(id: string, text: string): Check {
  return { id, status: 'ok', text };
}

export function warn(id: string, text: string, fix: string): Check {
  return { id, status: 'warn', text, fix };
}

export function fail(id: string, text: string, fix: string): Check {
  return { id, status: 'fail', text, fix };
}

/** A check that has one way to be right. */
export function expect(
  right: boolean,
  id: string,
  text: string,
  wrong: string,
  fix: string,
): Check {
  return right ? ok(id, text) : fail(id, wrong, fix);
}

export function printCheck(output: Output, { status, text, fix }: Check): void {
  const colour = ({ ok: 'green', warn: 'yellow', fail: 'red' } as const)[status];
  output.print(`${output.paint(colour, status.padEnd(4))}  ${text}`);
  if (fix !== undefined) output.print(`      ${fix}`);
}
