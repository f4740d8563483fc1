import { Command, CommanderError } from 'commander';
import { doctorCommand } from './commands/doctor.js';
import { focusCommand } from './commands/focus.js';
import { importCommand } from './commands/import.js';
import { initCommand } from './commands/init.js';
import { listenCommand } from './commands/listen.js';
import { loginCommand } from './commands/login.js';
import { logoutCommand } from './commands/logout.js';
import { lsCommand } from './commands/ls.js';
import { mcpCommand } from './commands/mcp.js';
import { membersCommand } from './commands/members.js';
import { mvCommand } from './commands/mv.js';
import { openCommand } from './commands/open.js';
import { presetsCommand } from './commands/presets.js';
import { projectsCommand } from './commands/projects.js';
import { recipientsCommand } from './commands/recipients.js';
import { revokeLinksCommand } from './commands/revoke-links.js';
import { rmCommand } from './commands/rm.js';
import { signCommand } from './commands/sign.js';
import { uploadCommand } from './commands/upload.js';
import { usageCommand } from './commands/usage.js';
import { verifyCommand } from './commands/verify.js';
import { visibilityCommand } from './commands/visibility.js';
import { webhooksCommand } from './commands/webhooks.js';
import { whoamiCommand } from './commands/whoami.js';
import { type Context, createContext } from './context.js';
import { CliError, EXIT, interruptedError } from './errors.js';
import { HELP } from './help.js';
import type { Host } from './host.js';
import { hasColours } from './output.js';

/** In the order of `aura --help`. */
const COMMANDS = [
  loginCommand,
  logoutCommand,
  whoamiCommand,
  projectsCommand,
  initCommand,
  uploadCommand,
  importCommand,
  signCommand,
  visibilityCommand,
  lsCommand,
  mvCommand,
  focusCommand,
  rmCommand,
  presetsCommand,
  revokeLinksCommand,
  membersCommand,
  recipientsCommand,
  usageCommand,
  webhooksCommand,
  listenCommand,
  verifyCommand,
  doctorCommand,
  mcpCommand,
  openCommand,
];

/** Runs one `aura` command and gives back its exit code. Nothing is thrown. */
export async function runAura(argv: readonly string[], host: Host): Promise<number> {
  let exit: number = EXIT.ok;
  const ctx = createContext(host, (code) => {
    exit = code;
  });
  const program = createProgram(ctx);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    ctx.output.status('');
    // Commander has printed what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return explain(host.signal.aborted ? interruptedError() : error, host);
  }
}

/** The command line of `aura`: every command, its options and its help. */
export function createProgram(ctx: Context): Command {
  const { stdout, stderr, version } = ctx.host;
  const program = new Command('aura')
    .description('Upload, sign and diagnose images on an AuraImage server')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', HELP);
  for (const command of COMMANDS) command(program, ctx);
  return program;
}

function explain(error: unknown, { stderr, env }: Host): number {
  const label = hasColours(stderr, env) ? '\u001b[31mError:\u001b[39m' : 'Error:';
  if (error instanceof CliError) {
    if (error.exit === EXIT.interrupted) {
      stderr.write('Interrupted\n');
      return error.exit;
    }
    const code = /^(?:failed|usage|signed_out|unreachable)$/.test(error.code)
      ? ''
      : ` (${error.code})`;
    stderr.write(`${label} ${error.message}${code}\n`);
    if (error.fix !== undefined) stderr.write(`${error.fix}\n`);
    return error.exit;
  }
  // The message of a system error, such as a file that may not be read, needs no stack.
  const system = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const text = error instanceof Error ? (system ? error.message : error.stack) : String(error);
  stderr.write(`${label} ${text}\n`);
  return EXIT.failed;
}
