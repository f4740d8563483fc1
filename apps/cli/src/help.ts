import { SETTINGS_HELP } from './settings.js';

/** What `aura --help` adds to the list of commands. */
export const HELP = `
Settings (environment):
${SETTINGS_HELP}

Install it from your server, or run it from there:
  npm install --global https://images.example/packages/cli.tgz
  npx https://images.example/packages/cli.tgz login

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not signed in.`;

/**
 * Command lines that the help of a command shows, for `addHelpText('after', …)`. A test parses each of them.
 *
 * @example
 * program.command('ls').addHelpText('after', examples('aura ls --private', 'aura ls users/42/ -r'));
 */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
