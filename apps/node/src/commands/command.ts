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
