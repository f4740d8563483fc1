import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A command of `aura-server`. */
export interface Command {
  /** Its lines of the usage text. */
  readonly usage: string;
  /**
   * @param args what stands behind the command's name
   * @returns the exit code; nothing stands for 0, or for a server that goes on
   */
  run(args: readonly string[], environment: Environment): Promise<number | undefined>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Ends the process with a message for people, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * Reads the options of a command.
 *
 * @throws {UsageError} for anything that is none of them
 *
 * @example
 * const { project } = readOptions(args, { project: { type: 'string' } });
 */
export function readOptions<const T extends Options>(
  args: readonly string[],
  options: T,
): Values<T> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A line on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads a time such as `90s`, `30m`, `24h` or `7d`; in milliseconds.
 *
 * @throws {UsageError} naming the option
 */
export function parseTime(option: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === '') throw new UsageError(`${option} ${text}: give a time such as 30m, 24h or 7d`);
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
