import { CommanderError } from 'commander';
import { createContext } from './context.js';
import { CliError, EXIT, interruptedError } from './errors.js';
import type { Host } from './host.js';
import { hasColours } from './output.js';
import { createProgram } from './program.js';

/** Runs one `aura` command and gives back its exit code. Nothing is thrown. */
export async function runAura(argv: readonly string[], host: Host): Promise<number> {
  const ctx = createContext(host);
  let exit: number = EXIT.ok;
  const program = createProgram(ctx, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    ctx.output.status('');
    // Commander has said by now what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return explain(host.signal.aborted ? interruptedError() : error, host);
  }
}

function explain(error: unknown, { stderr, env }: Host): number {
  const sign = hasColours(stderr, env) ? '\u001b[31mError:\u001b[39m' : 'Error:';
  if (error instanceof CliError) {
    if (error.exit === EXIT.interrupted) {
      stderr.write('Interrupted\n');
      return error.exit;
    }
    const code = /^(?:failed|usage|signed_out|unreachable)$/.test(error.code)
      ? ''
      : ` (${error.code})`;
    stderr.write(`${sign} ${error.message}${code}\n`);
    if (error.fix !== undefined) stderr.write(`${error.fix}\n`);
    return error.exit;
  }
  // Of the system, such as a file that may not be read: its message says it all.
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const text = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  stderr.write(`${sign} ${text}\n`);
  return EXIT.failed;
}
