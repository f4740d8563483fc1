import type { Schemas } from '@auraimage/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { listPages } from '../pages.js';
import { checkFolder, resolveProject } from '../targets.js';
import { formatBytes, wholeNumber } from '../units.js';

const DEFAULT_LIMIT = 100;
const MAX_PAGE = 1000;

interface LsOptions {
  readonly project?: string;
  readonly private?: boolean;
  readonly public?: boolean;
  readonly search?: string;
  readonly limit: number;
  readonly recursive?: boolean;
  readonly json?: boolean;
}

export function lsCommand(program: Command, ctx: Context): void {
  program
    .command('ls')
    .description('list images: newest first, or those of a folder by name')
    .argument('[folder]', 'what their names begin with, such as users/42/')
    .option('-p, --project <name>', 'the project')
    .option('--private', 'private images only')
    .option('--public', 'public images only')
    .option('-r, --recursive', 'the images in the folders below, too')
    .option(
      '--search <text>',
      'images whose name or file name contains this, or whose key begins with it',
    )
    .option(
      '--limit <count>',
      'most images to list, 0 for all',
      wholeNumber(0, 999_999_999),
      DEFAULT_LIMIT,
    )
    .option('--json', 'print one JSON object per image')
    .addHelpText(
      'after',
      examples(
        'aura ls --private',
        'aura ls users/42/ --recursive',
        'aura ls --search beach --limit 0 --json',
      ),
    )
    .action((folder: string | undefined, options: LsOptions) => ls(ctx, folder, options));
}

async function ls(ctx: Context, folder: string | undefined, options: LsOptions): Promise<void> {
  const { output } = ctx;
  if (options.private && options.public) throw usageError('Give --private or --public, not both');
  const hasFilter = options.private || options.public || options.search !== undefined;
  if (folder !== undefined && hasFilter) {
    throw usageError('Give a folder or a filter, not both');
  }
  const inFolder = folder === undefined ? {} : folderQuery(folder, options.recursive === true);
  const api = await ctx.api();
  const project = await resolveProject(ctx, options.project);
  const { listed, hasMore } = await listPages(
    { limit: options.limit, pageSize: MAX_PAGE },
    (page) => {
      const query = {
        ...page,
        ...inFolder,
        ...(options.search === undefined ? {} : { q: options.search }),
        ...(options.private ? { visibility: 'private' as const } : {}),
        ...(options.public ? { visibility: 'public' as const } : {}),
      };
      return api((client) =>
        client.GET('/v1/projects/{project}/images', { params: { path: { project }, query } }),
      );
    },
    ({ folders, images }) => {
      for (const name of folders) {
        if (options.json) output.json({ folder: name });
        else output.print(`${''.padEnd(FOLDER_INDENT)}${name}`);
      }
      for (const image of images) {
        if (options.json) output.json(image);
        else output.print(row(image));
      }
      return images.length + folders.length;
    },
  );
  if (options.json) return;
  if (listed === 0) output.note(`No images in ${[project, folder].filter(Boolean).join('/')}`);
  if (hasMore) output.note(`Showing the first ${listed}; --limit 0 lists all`);
}

/** Width of the columns before a name. */
const FOLDER_INDENT = 16 + 2 + 7 + 2 + 10 + 2 + 11 + 2;

function row(image: Schemas['Image']): string {
  const { key, filename, width, height, size, visibility, uploadedAt } = image;
  const minute = uploadedAt.slice(0, 16).replace('T', ' ');
  const pixels = `${width}×${height}`;
  const columns = [minute, visibility.padEnd(7), formatBytes(size).padStart(10), pixels.padEnd(11)];
  // Of most generated keys, the file name is the readable part.
  const isTold = !filename || key.endsWith(`-${filename}`);
  return [...columns, isTold ? key : `${key}  (${printable(filename)})`].join('  ');
}

function folderQuery(folder: string, recursive: boolean) {
  const prefix = checkFolder(folder);
  return recursive ? { prefix } : { prefix, delimiter: '/' as const };
}
