import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { forEachImage, resolveImages } from '../targets.js';

interface RmOptions {
  readonly project?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function rmCommand(program: Command, ctx: Context): void {
  program
    .command('rm')
    .description('delete images for good')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON object per image')
    .action((named: string[], options: RmOptions) => rm(ctx, named, options));
}

async function rm(
  ctx: Context,
  named: readonly string[],
  { project: flag, yes = false, json = false }: RmOptions,
): Promise<void> {
  const { prompts, output } = ctx;
  if (!yes && json) throw usageError('--json does not ask: pass --yes');
  if (!yes && !prompts.possible) throw usageError('Not a terminal: pass --yes');
  const api = await ctx.api();
  const images = await resolveImages(ctx, named, flag);
  const [first] = images;
  const what =
    images.length === 1 ? `${first?.project}/${first?.key}` : `these ${images.length} images`;
  if (!yes && !(await prompts.confirm(`Delete ${what} for good?`))) {
    output.note('Nothing was deleted');
    return;
  }
  await forEachImage(ctx, images, json, async ({ project, key }) => {
    await api((client) =>
      client.DELETE('/v1/images/{project}/{key}', { params: { path: { project, key } } }),
    );
    return { status: 'deleted', text: `Deleted ${project}/${key}` };
  });
}
