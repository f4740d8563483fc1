import type { Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';

export function openCommand(program: Command, ctx: Context): void {
  program
    .command('open')
    .description('open the dashboard in the browser')
    .option('--no-browser', 'print the address, open nothing')
    .addHelpText('after', examples('aura open', 'aura open --no-browser'))
    .action(async ({ browser }: { browser: boolean }) => {
      const { host, output } = ctx;
      const url = `${ctx.settings().webUrl}/dashboard`;
      output.print(url);
      if (!browser || host.stdout.isTTY !== true) return;
      if (!(await host.openBrowser(url))) output.note('No browser could be opened.');
    });
}
