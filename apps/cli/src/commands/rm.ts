import type { Command } from 'commander';
import type { Context } from '../context.js';
import { forEachImage } from '../each.js';
import type { SetExit } from '../errors.js';
import { usageError } from '../errors.js';
import { resolveImages } from '../project.js';

interface RmOptions {
  readonly project?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function rmCommand(program: Command, ctx: Context, setExit: SetExit): void {
  program
    .command('rm')
    .description('delete images for good')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON object per image')
    .action((named: string[], options: RmOptions) => rm(ctx, setExit, named, options));
}

async function rm(
  ctx: Context,
  setExit: SetExit,
  named: readonly string[],
  { project, yes = false, json = false }: RmOptions,
): Promise<void> {
  const { prompts, output } = ctx;
  if (!yes && (json || !prompts.possible)) {
    throw usageError('Deleting needs --yes where nobody can be asked');
  }
  const api = await ctx.api();
  const images = await resolveImages(ctx, named, project);
  const [first] = images;
  const what =
    images.length === 1 ? `${first?.project}/${first?.key}` : `these ${images.length} images`;
  if (!yes && !(await prompts.confirm(`Delete ${what} for good?`))) {
    output.note('Nothing was deleted');
    return;
  }
  await forEachImage(ctx, setExit, images, json, async (image) => {
    await api.removeImage(image.project, image.key);
    return { status: 'deleted', text: `Deleted ${image.project}/${image.key}` };
  });
}
