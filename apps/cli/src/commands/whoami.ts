import type { Command } from 'commander';
import { type Api, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { namedProject } from '../targets.js';
import { dayOf, formatDuration } from '../units.js';

const ANY_PROJECT = 'any-project';
/** The last seconds of a CLI token, in which its end is announced: 7 days. */
const WARNED_SECONDS = 7 * 86_400;

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
    .addHelpText(
      'after',
      examples('aura whoami', 'AURA_TOKEN=sk_live_… aura whoami --project my-app'),
    )
    .action((options: WhoamiOptions) => whoami(ctx, options));
}

async function whoami(ctx: Context, { project: flag, json }: WhoamiOptions): Promise<void> {
  const { output } = ctx;
  const { apiUrl, token } = ctx.settings();
  const api = await ctx.api();
  if ((await ctx.token())?.isSecretKey === true) {
    const project = (await namedProject(ctx, flag)) ?? null;
    await checkSecretKey(api, project);
    const whose = project === null ? 'A valid secret key' : `A secret key of ${project}`;
    if (json) output.json({ credential: 'secret_key', project, apiUrl });
    else output.print(`${whose} on ${apiUrl}, through AURA_TOKEN`);
    if (project === null) output.note('Add --project NAME to check that it works for a project.');
    return;
  }
  const { email, role, tokenExpiresAt } = await api((client) => client.GET('/v1/auth/me'));
  const source = token === undefined ? '' : ', through AURA_TOKEN';
  if (json) output.json({ credential: 'cli_token', email, role, apiUrl, tokenExpiresAt });
  else output.print(`${printable(email)} (${role}) on ${apiUrl}${source}`);
  if (tokenExpiresAt !== null) warnAboutExpiry(ctx, tokenExpiresAt, token !== undefined);
}

function warnAboutExpiry({ output }: Context, expiresAt: string, isFromEnvironment: boolean): void {
  const seconds = (Date.parse(expiresAt) - Date.now()) / 1000;
  if (!(seconds < WARNED_SECONDS)) return;
  const what = isFromEnvironment ? 'The CLI token in AURA_TOKEN' : 'This sign-in';
  const fix = isFromEnvironment
    ? 'For CI, set a secret key of the project, which does not expire.'
    : 'Run aura login to renew it.';
  output.warn(`${what} ends in ${formatDuration(seconds)} (${dayOf(expiresAt)}). ${fix}`);
}

/**
 * A secret key has no account to show. A request for a project's images tells whether it works for that
 * project; for any other project, a valid key is refused with 403, and an invalid one with 401.
 */
async function checkSecretKey(api: Api, project: string | null): Promise<void> {
  const path = { project: project ?? ANY_PROJECT };
  try {
    await api((client) =>
      client.GET('/v1/projects/{project}/images', { params: { path, query: { limit: 1 } } }),
    );
  } catch (error) {
    const isValid = error instanceof RequestError && error.status === 403;
    if (project !== null || !isValid) throw error;
  }
}
