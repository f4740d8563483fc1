import type { Command } from 'commander';
import type { Context } from '../context.js';
import { printable } from '../output.js';

export function whoamiCommand(program: Command, ctx: Context): void {
  program
    .command('whoami')
    .description('show who is signed in, and where')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { apiUrl, token } = ctx.settings();
      const { email, role } = await (await ctx.api()).me();
      if (json) return ctx.output.json({ email, role, apiUrl });
      const source = token === undefined ? '' : ', through AURA_TOKEN';
      ctx.output.print(`${printable(email)} (${role}) on ${apiUrl}${source}`);
    });
}
