import { Command } from 'commander';
import { readVersion } from '../config/version.js';
import { addBackup } from './backup.js';
import { addMigrate } from './migrate.js';
import { addMove } from './move.js';
import { addPeople } from './people.js';
import { addRekey } from './rekey.js';
import { addReopen } from './reopen.js';
import { addResetPassword } from './reset-password.js';
import { addRotateReceiptKey } from './rotate-receipt-key.js';
import { addSeed } from './seed.js';
import { addSweep } from './sweep.js';

/**
 * The command line of `aura-server`. Wrong usage ends the process with 1 and the usage text.
 *
 * @param start serves
 */
export function createProgram(start: () => Promise<void>): Command {
  const program = new Command('aura-server')
    .description('Serves images, and maintains the data of a server')
    .version(readVersion())
    .showHelpAfterError()
    .addHelpText(
      'after',
      '\nWithout a command it starts the server. Settings come from environment variables: see docs/reference/configuration.md.',
    );
  program.command('start').description('start the server').action(start);
  addSeed(program);
  addPeople(program);
  addResetPassword(program);
  addRekey(program);
  addRotateReceiptKey(program);
  addMigrate(program);
  addSweep(program);
  addMove(program);
  addReopen(program);
  addBackup(program);
  return program;
}

/** The arguments with the command that stands for none. */
export function withCommand(args: readonly string[]): readonly string[] {
  const [first = '-'] = args;
  const isForProgram = ['-h', '--help', '-V', '--version'].includes(first);
  return first.startsWith('-') && !isForProgram ? ['start', ...args] : args;
}
