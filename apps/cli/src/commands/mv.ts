import { parseName } from '@auraimage/protocol';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { resolveImages } from '../targets.js';

interface MvOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function mvCommand(program: Command, ctx: Context): void {
  program
    .command('mv')
    .description('rename an image; its old address and the links to it stop')
    .argument('<key>', 'key, project/key or URL')
    .argument('<name>', 'the new name, such as users/42/avatar')
    .option('-p, --project <name>', 'the project of the key')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('aura mv abc123xyz0-photo.jpg users/42/avatar'))
    .action(async (named: string, name: string, options: MvOptions) => {
      const parsed = parseName(name);
      if (!parsed.ok) throw usageError(parsed.problem);
      const api = await ctx.api();
      for (const { project, key } of await resolveImages(ctx, [named], options.project)) {
        const renamed = await api((client) =>
          client.PATCH('/v1/images/{project}/{key}', {
            params: { path: { project, key } },
            body: { name: parsed.name },
          }),
        );
        if (options.json) ctx.output.json({ project, from: key, ...renamed });
        else ctx.output.print(`${project}/${key} is now ${project}/${parsed.name}`);
      }
    });
}
