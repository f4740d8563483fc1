import type { Schemas } from '@auraimage/client';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { listPages } from '../pages.js';
import { resolveProject } from '../targets.js';
import { formatBytes, recipientLabel, wholeNumber } from '../units.js';

const DEFAULT_LIMIT = 100;
const MAX_PAGE = 1000;

interface ListOptions {
  readonly project?: string;
  readonly search?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface RevokeOptions {
  readonly project?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function recipientsCommand(program: Command, ctx: Context): void {
  const recipients = program
    .command('recipients')
    .description('list who reads private images, or end all that was given to one')
    .addHelpText('after', examples('aura recipients', 'aura recipients revoke customer:42'));
  recipients
    .command('list', { isDefault: true })
    .description('list the recipients of links: their reads of the last 30 days, the most first')
    .option('-p, --project <name>', 'the project')
    .option('--search <text>', 'recipients that contain this')
    .option(
      '--limit <count>',
      'most recipients to list, 0 for all',
      wholeNumber(0, 999_999_999),
      DEFAULT_LIMIT,
    )
    .option('--json', 'print one JSON object per recipient')
    .addHelpText(
      'after',
      examples('aura recipients', 'aura recipients list --search customer: --limit 0 --json'),
    )
    .action((options: ListOptions) => list(ctx, options));
  recipients
    .command('revoke')
    .description('end every link that was given to a recipient until now')
    .argument('<recipient>', 'its label, as your server signs it', recipientLabel)
    .option('-p, --project <name>', 'the project')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'aura recipients revoke customer:42',
        'aura recipients revoke order:1001 --project my-app --yes',
      ),
    )
    .action((sub: string, options: RevokeOptions) => revoke(ctx, sub, options));
}

async function list(ctx: Context, options: ListOptions): Promise<void> {
  const { output } = ctx;
  const api = await ctx.api();
  const project = await resolveProject(ctx, options.project);
  let others = 0;
  const { listed, hasMore } = await listPages(
    { limit: options.limit, pageSize: MAX_PAGE },
    (page) => {
      const query = { ...page, ...(options.search === undefined ? {} : { q: options.search }) };
      return api((client) =>
        client.GET('/v1/projects/{project}/recipients', { params: { path: { project }, query } }),
      );
    },
    (page) => {
      for (const recipient of page.recipients) {
        if (options.json) output.json(recipient);
        else output.print(row(recipient));
      }
      others = page.others.reads;
      return page.recipients.length;
    },
  );
  if (options.json) return;
  if (listed === 0) output.note(`No recipients in ${project}`);
  if (hasMore) output.note(`Showing the first ${listed}; --limit 0 lists all`);
  else if (others > 0) output.note(`All further recipients together: ${reads(others)}`);
}

function row({ sub, lastReadOn, revokedAt, ...counts }: Schemas['Recipient']): string {
  const columns = [
    (lastReadOn ?? '').padEnd(10),
    reads(counts.reads).padStart(13),
    formatBytes(counts.sentBytes).padStart(10),
  ];
  const mark = revokedAt === null ? '' : `  (revoked ${revokedAt.slice(0, 16).replace('T', ' ')})`;
  return `${columns.join('  ')}  ${sub}${mark}`;
}

function reads(count: number): string {
  return `${count} ${count === 1 ? 'read' : 'reads'}`;
}

async function revoke(
  ctx: Context,
  sub: string,
  { project: flag, yes = false, json = false }: RevokeOptions,
): Promise<void> {
  const { prompts, output } = ctx;
  if (!yes && json) throw usageError('--json does not ask: pass --yes');
  if (!yes && !prompts.possible) throw usageError('Not a terminal: pass --yes');
  const api = await ctx.api();
  const project = await resolveProject(ctx, flag);
  const question = `End every link of ${project} that was given to ${sub}?`;
  if (!yes && !(await prompts.confirm(question))) {
    output.note('Nothing was revoked');
    return;
  }
  const revoked = await api((client) =>
    client.POST('/v1/projects/{project}/recipients/revoke', {
      params: { path: { project } },
      body: { sub },
    }),
  );
  if (json) output.json({ project, ...revoked });
  else output.print(`Links of ${project} that were given to ${sub} before now no longer work`);
}
