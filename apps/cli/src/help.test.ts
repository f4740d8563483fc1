import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createContext } from './context.js';
import { createProgram, runAura } from './run.js';
import { createHost } from './testing/run-aura.js';

it('shows examples in the help of every command, and each of them can be parsed', async () => {
  const commands = everyCommand(newProgram());
  expect(commands.length).toBeGreaterThan(15);
  for (const path of commands) {
    const stdout = new PassThrough();
    expect(await runAura([...path, '--help'], createHost({ stdout }))).toBe(0);
    const [, shown = ''] = String(stdout.read()).split('\nExamples:\n');
    const lines = shown.split('\n').filter((line) => line !== '');
    expect(lines.length, path.join(' ')).toBeGreaterThan(0);
    for (const line of lines) {
      expect(await parses(line), line).toBe(true);
      expect(line, 'an example of this command').toContain(`aura ${path[0]}`);
    }
  }
});

it('parses no line with an unknown option or a missing argument', async () => {
  expect(await parses('aura ls --privat')).toBe(false);
  expect(await parses('aura sign')).toBe(false);
});

/** The words after `aura` of every command and the commands below it. */
function everyCommand(program: Command): string[][] {
  return program.commands.flatMap((command) => [
    [command.name()],
    ...everyCommand(command).map((path) => [command.name(), ...path]),
  ]);
}

/** Whether `aura` accepts a line as a shell gives it, without running it. */
async function parses(line: string): Promise<boolean> {
  const program = newProgram();
  const idle = (command: Command) => {
    if (command.commands.length === 0) command.action(() => {});
    command.exitOverride().configureOutput({ writeErr: () => {} });
    for (const each of command.commands) idle(each);
  };
  idle(program);
  const [, own = ''] = /(?:^|\s)aura (.*)$/.exec(line.split('|').at(-1) ?? '') ?? [];
  const words = own.match(/'[^']*'|\S+/g) ?? [];
  try {
    await program.parseAsync(
      words.map((word) => word.replace(/^'|'$/g, '')),
      { from: 'user' },
    );
    return true;
  } catch {
    return false;
  }
}

function newProgram(): Command {
  return createProgram(createContext(createHost(), () => {}));
}
