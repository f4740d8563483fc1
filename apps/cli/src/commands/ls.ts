import { type Command, InvalidArgumentError } from 'commander';
import type { Image } from '../api-types.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { resolveProject } from '../project.js';
import { formatBytes } from '../units.js';

const DEFAULT_LIMIT = 100;
const MAX_PAGE = 1000;

interface LsOptions {
  readonly project?: string;
  readonly private?: boolean;
  readonly public?: boolean;
  readonly search?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function lsCommand(program: Command, ctx: Context): void {
  program
    .command('ls')
    .description('list images, newest first')
    .option('-p, --project <name>', 'the project')
    .option('--private', 'private images only')
    .option('--public', 'public images only')
    .option('--search <text>', 'images whose name contains this, or whose key begins with it')
    .option('--limit <count>', 'most images to list, 0 for all', count, DEFAULT_LIMIT)
    .option('--json', 'print one JSON object per image')
    .action((options: LsOptions) => ls(ctx, options));
}

async function ls(ctx: Context, options: LsOptions): Promise<void> {
  const { output } = ctx;
  if (options.private && options.public) throw usageError('Give --private or --public, not both');
  const api = await ctx.api();
  const project = await resolveProject(ctx, options.project);
  const wanted = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  let listed = 0;
  let cursor: string | null = null;
  do {
    const page = await api.images(project, {
      limit: Math.min(MAX_PAGE, wanted - listed),
      ...(options.search === undefined ? {} : { q: options.search.toLowerCase() }),
      ...(options.private ? { visibility: 'private' } : {}),
      ...(options.public ? { visibility: 'public' } : {}),
      ...(cursor === null ? {} : { cursor }),
    });
    for (const image of page.images) {
      if (options.json) output.json(image);
      else output.print(row(image));
    }
    listed += page.images.length;
    cursor = page.images.length === 0 ? null : page.cursor;
  } while (cursor !== null && listed < wanted);
  if (options.json) return;
  if (listed === 0) output.note(`No images in ${project}`);
  if (cursor !== null) output.note(`The first ${listed}; --limit 0 lists all`);
}

function row({ key, width, height, size, visibility, uploadedAt }: Image): string {
  const day = uploadedAt.slice(0, 16).replace('T', ' ');
  const pixels = `${width}×${height}`;
  return [day, visibility.padEnd(7), formatBytes(size).padStart(10), pixels.padEnd(11), key].join(
    '  ',
  );
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}
