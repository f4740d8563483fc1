import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { type Api, createApi } from '../api.js';
import type { Context } from '../context.js';
import { CliError } from '../errors.js';
import { RefusedError } from '../http.js';
import { chooseProject } from '../init/choose.js';
import { formatBlock, readEnvFile, setVariables, writeEnvFile } from '../init/env-file.js';
import { gitState } from '../init/git.js';

interface InitOptions {
  readonly project?: string;
  readonly create?: boolean;
  readonly write?: string;
}

export function initCommand(program: Command, ctx: Context): void {
  program
    .command('init')
    .description('choose a project and give its settings, with secrets, for an .env file')
    .option('-p, --project <name>', 'the project')
    .option('--create', 'make the project if it is not there')
    .option('--write <file>', 'put the settings into this file, such as .env.local')
    .action((options: InitOptions) => init(ctx, options));
}

async function init(ctx: Context, options: InitOptions): Promise<void> {
  const { host, output, folders } = ctx;
  const { apiUrl, cdnUrl } = ctx.settings();
  const api = await ctx.api();
  const path = options.write === undefined ? null : resolve(host.cwd, options.write);
  // Before anything is made: a file that may not have secrets is found here.
  if (path !== null) await refuseTracked(ctx, path);
  const text = path === null ? '' : await readEnvFile(path);
  const project = await chooseProject(ctx, api, options);
  const serveSecret = await api.serveSecret(project);
  const { secret, undo } = await secretKey(ctx, api, project, text);
  try {
    const block = {
      AURA_SECRET_KEY: secret,
      AURA_SERVE_SECRET: serveSecret,
      NEXT_PUBLIC_AURA_PROJECT_NAME: project,
      NEXT_PUBLIC_AURA_CDN_URL: cdnUrl,
    };
    if (path === null) output.print(formatBlock(block));
    else await writeEnvFile(path, setVariables(text, block));
  } catch (error) {
    await undo();
    throw error;
  }
  await folders.remember(apiUrl, host.cwd, project);
  if (path === null) {
    output.note('Put these lines into your .env.local; the secret key is not shown again.');
  } else {
    output.print(`Wrote the settings of ${project} to ${options.write}`);
  }
}

/** A committed secret is everybody's: this must not be the command that commits one. */
async function refuseTracked({ output }: Context, path: string): Promise<void> {
  const state = await gitState(path);
  if (state === 'tracked') {
    throw new CliError(`${path} is tracked by git: secrets would go into the next commit`, {
      code: 'file_tracked',
      fix: 'Give --write another file, such as .env.local, and add it to .gitignore.',
    });
  }
  if (state === 'loose') output.warn(`${path} is not ignored by git: add it to .gitignore.`);
}

/** The file's own secret key where it opens the project, else a new one. */
async function secretKey(
  ctx: Context,
  api: Api,
  project: string,
  text: string,
): Promise<{ readonly secret: string; readonly undo: () => Promise<void> }> {
  const { AURA_SECRET_KEY: kept, NEXT_PUBLIC_AURA_CDN_URL: cdnUrl } = parseEnv(text);
  // The key of another deployment is not shown to this one.
  const ours = cdnUrl === ctx.settings().cdnUrl;
  if (kept !== undefined && ours && (await opens(ctx, kept, project))) {
    return { secret: kept, undo: async () => {} };
  }
  const name = `aura init on ${ctx.host.machine}`.slice(0, 100);
  const { id, secret } = await made(api, project, name);
  const undo = async () => {
    try {
      await api.revokeSecretKey(project, id);
    } catch {
      ctx.output.warn(
        `The secret key "${name}" that this attempt made could not be revoked and stays active: revoke it in the settings of ${project}, which aura open shows.`,
      );
    }
  };
  return { secret, undo };
}

async function made(api: Api, project: string, name: string) {
  try {
    return await api.createSecretKey(project, name);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'secret_key_limit') throw error;
    throw new CliError(error.message, {
      code: error.code,
      fix: 'Revoke one that is not used any more in the dashboard: run aura open.',
    });
  }
}

async function opens(ctx: Context, secret: string, project: string): Promise<boolean> {
  if (!/^sk_live_[\w-]{1,200}$/.test(secret)) return false;
  try {
    const owner = createApi(ctx.settings(), secret, ctx.host.signal);
    await owner.images(project, { limit: 1 });
    return true;
  } catch (error) {
    if (error instanceof RefusedError && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
}
