import type { Schemas } from '@auraimage/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import {
  checkFolder,
  forEachImage,
  resolveImages,
  resolveProject,
  type TargetImage,
} from '../targets.js';

const PAGE = 1000;

interface RmOptions {
  readonly project?: string;
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function rmCommand(program: Command, ctx: Context): void {
  program
    .command('rm')
    .description('delete images for good')
    .argument('<key...>', 'keys, project/key or URLs; with -r folders, such as users/42/')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-r, --recursive', 'every image in these folders and below')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON object per image')
    .addHelpText('after', examples('aura rm abc123xyz0-photo.jpg', 'aura rm -r users/42/ --yes'))
    .action((named: string[], options: RmOptions) => rm(ctx, named, options));
}

async function rm(
  ctx: Context,
  named: readonly string[],
  { project: flag, recursive = false, yes = false, json = false }: RmOptions,
): Promise<void> {
  const { prompts, output } = ctx;
  if (!yes && json) throw usageError('--json does not ask: pass --yes');
  if (!yes && !prompts.possible) throw usageError('Not a terminal: pass --yes');
  const api = await ctx.api();
  const images = recursive
    ? await imagesIn(ctx, named, flag)
    : await resolveImages(ctx, named, flag);
  if (images.length === 0) {
    output.note('There is no image to delete');
    return;
  }
  const [first] = images;
  const what =
    images.length === 1
      ? `${first?.project}/${first?.key}`
      : `${recursive ? 'all' : 'these'} ${images.length} images`;
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

/** Every image below the folders, each once. */
async function imagesIn(
  ctx: Context,
  folders: readonly string[],
  flag: string | undefined,
): Promise<TargetImage[]> {
  const prefixes = folders.map(checkFolder);
  if (prefixes.includes('')) throw usageError('Name a folder: -r deletes everything in it');
  const api = await ctx.api();
  const project = await resolveProject(ctx, flag);
  const keys = new Set<string>();
  for (const prefix of prefixes) {
    let cursor: string | null = null;
    do {
      const from: { cursor?: string } = cursor === null ? {} : { cursor };
      const query = { prefix, limit: PAGE, ...from };
      const page: Schemas['ImagePage'] = await api((client) =>
        client.GET('/v1/projects/{project}/images', { params: { path: { project }, query } }),
      );
      for (const { key } of page.images) keys.add(key);
      cursor = page.cursor;
    } while (cursor !== null);
  }
  return [...keys].map((key) => ({ project, key }));
}
