import type { Command } from 'commander';
import type { Context } from '../context.js';
import { printable } from '../output.js';
import { resolveProject } from '../targets.js';

interface WhoamiOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function whoamiCommand(program: Command, ctx: Context): void {
  program
    .command('whoami')
    .description('show who is signed in, and where')
    .option('-p, --project <name>', 'the project of a secret key in AURA_TOKEN')
    .option('--json', 'print JSON')
    .action((options: WhoamiOptions) => whoami(ctx, options));
}

async function whoami(ctx: Context, { project: flag, json }: WhoamiOptions): Promise<void> {
  const { output } = ctx;
  const { apiUrl, token } = ctx.settings();
  const api = await ctx.api();
  if ((await ctx.token())?.isSecretKey === true) {
    // A secret key has no account: all it can show is that it works for its project.
    const project = await resolveProject(ctx, flag);
    await api((client) =>
      client.GET('/v1/projects/{project}/images', {
        params: { path: { project }, query: { limit: 1 } },
      }),
    );
    if (json) output.json({ credential: 'secret_key', project, apiUrl });
    else output.print(`A secret key of ${project} on ${apiUrl}, through AURA_TOKEN`);
    return;
  }
  const { email, role } = await api((client) => client.GET('/v1/auth/me'));
  const source = token === undefined ? '' : ', through AURA_TOKEN';
  if (json) output.json({ credential: 'cli_token', email, role, apiUrl });
  else output.print(`${printable(email)} (${role}) on ${apiUrl}${source}`);
}
