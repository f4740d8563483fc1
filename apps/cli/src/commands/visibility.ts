import { Argument, type Command } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { resolveImages } from '../targets.js';

type Visibility = 'public' | 'private';

interface VisibilityOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function visibilityCommand(program: Command, ctx: Context): void {
  program
    .command('visibility')
    .description('make an image public or private')
    .argument('<key>', 'key, project/key or URL')
    .addArgument(new Argument('<visibility>', 'who may read it').choices(['public', 'private']))
    .option('-p, --project <name>', 'the project of the key')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'aura visibility abc123xyz0-photo.jpg private',
        'aura visibility users/42/avatar public --project my-app',
      ),
    )
    .action(async (named: string, wanted: Visibility, options: VisibilityOptions) => {
      const api = await ctx.api();
      for (const { project, key } of await resolveImages(ctx, [named], options.project)) {
        const { visibility } = await api((client) =>
          client.PATCH('/v1/images/{project}/{key}', {
            params: { path: { project, key } },
            body: { visibility: wanted },
          }),
        );
        if (options.json) ctx.output.json({ project, key, visibility });
        else ctx.output.print(`${project}/${key} is ${visibility}`);
      }
    });
}
