import { CANCEL_SYMBOL, confirm, select, text } from '@clack/prompts';
import { interruptedError } from './errors.js';
import type { Host, TerminalOutput } from './host.js';
import { hasColours } from './output.js';

/** Questions to the person at the terminal. A cancelled one ends the command. */
export interface Prompts {
  /** Whether standard input and standard error are a terminal. */
  readonly possible: boolean;
  choose(message: string, options: readonly { value: string; label: string }[]): Promise<string>;
  ask(message: string, problem: (answer: string) => string | undefined): Promise<string>;
  confirm(message: string): Promise<boolean>;
}

export function createPrompts({ stdin, stderr, env, signal }: Host): Prompts {
  // On standard error, so that standard output can go to a file.
  const output = hasColours(stderr, env) ? stderr : withoutColours(stderr);
  const common = { input: stdin, output, signal };
  return {
    possible: stdin.isTTY === true && stderr.isTTY === true,
    choose: async (message, options) =>
      answered(await select({ ...common, message, options: [...options] })),
    ask: async (message, problem) =>
      answered(await text({ ...common, message, validate: (value) => problem(value ?? '') })),
    confirm: async (message) =>
      answered(await confirm({ ...common, message, initialValue: false })),
  };
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (answer === CANCEL_SYMBOL) throw interruptedError();
  return answer;
}

/** @clack/prompts has no option for it: removes colours where the terminal or NO_COLOR wants none. */
function withoutColours(stream: TerminalOutput): TerminalOutput {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  const colour = /\u001b\[[\d;]*m/g;
  return new Proxy(stream, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      if (property !== 'write') return member.bind(target);
      return (chunk: unknown, ...rest: unknown[]) =>
        member.call(target, typeof chunk === 'string' ? chunk.replace(colour, '') : chunk, ...rest);
    },
  });
}
