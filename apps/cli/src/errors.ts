/** Exit codes of `aura`; documented in docs/reference/cli.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, signedOut: 3, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface CliErrorDetails {
  readonly exit?: ExitCode;
  /** The person's next action, as a sentence. */
  readonly fix?: string;
  /** Stable code, mostly the server's `X-Aura-Error`. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** An error that a person can act on: shown as one or two lines, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: ExitCode;
  readonly fix: string | undefined;
  readonly code: string;
  constructor(message: string, { exit = EXIT.failed, fix, code, cause }: CliErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit;
    this.fix = fix;
    this.code = code ?? 'failed';
  }
}

/** The command line or a setting is wrong. */
export function usageError(message: string, fix?: string): CliError {
  return new CliError(message, {
    exit: EXIT.usage,
    code: 'usage',
    ...(fix === undefined ? {} : { fix }),
  });
}

export function signedOutError(message: string, fix: string): CliError {
  return new CliError(message, { exit: EXIT.signedOut, fix, code: 'signed_out' });
}

export function interruptedError(): CliError {
  return new CliError('Interrupted', { exit: EXIT.interrupted, code: 'interrupted' });
}

/** Whether an error of the operating system has one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
