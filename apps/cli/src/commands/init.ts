import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { isProjectName } from '@auraimage/protocol';
import type { Command } from 'commander';
import { type Api, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { CliError, usageError } from '../errors.js';
import { examples } from '../help.js';
import {
  formatBlock,
  gitState,
  readEnvFile,
  setVariables,
  writeEnvFile,
} from '../init/env-file.js';
import { checkProjectName } from '../targets.js';
import { createProject } from './projects.js';

/** Not a project's name, as it begins with a space. */
const NEW = ' new';
const CLEANUP_TIMEOUT_MS = 10_000;

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
    .option('--create', 'create the project if it does not exist')
    .option('--write <file>', 'put the settings into this file, such as .env.local')
    .addHelpText(
      'after',
      examples('aura init', 'aura init --project my-app --create --write .env.local'),
    )
    .action((options: InitOptions) => init(ctx, options));
}

async function init(ctx: Context, options: InitOptions): Promise<void> {
  const { host, output, home } = ctx;
  const { apiUrl, cdnUrl } = ctx.settings();
  const api = await ctx.api();
  if ((await ctx.token())?.isSecretKey === true) {
    throw usageError(
      'A secret key cannot set a project up',
      'Unset AURA_TOKEN and run aura login.',
    );
  }
  const path = options.write === undefined ? null : resolve(host.cwd, options.write);
  // A file that must not hold secrets fails here, before anything is created.
  if (path !== null) await refuseTracked(ctx, path);
  const text = path === null ? '' : await readEnvFile(path);
  const project = await chooseProject(ctx, api, options);
  const { secret: serveSecret } = await api((client) =>
    client.GET('/v1/projects/{project}/serve-secret', { params: { path: { project } } }),
  );
  const { secret, revoke } = await secretKey(ctx, api, project, text);
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
    await revoke();
    throw error;
  }
  await home.saveProject(apiUrl, host.cwd, project);
  if (path === null) {
    output.note('Put these lines into your .env.local; the secret key is not shown again.');
  } else {
    output.print(`Wrote the settings of ${project} to ${options.write}`);
  }
}

/** Refuses a file whose secrets would go into the next commit. */
export async function refuseTracked({ output }: Context, path: string): Promise<void> {
  const state = await gitState(path);
  if (state === 'tracked') {
    throw new CliError(`${path} is tracked by git: secrets would go into the next commit`, {
      code: 'file_tracked',
      fix: 'Give --write another file, such as .env.local, and add it to .gitignore.',
    });
  }
  if (state === 'untracked') output.warn(`${path} is not ignored by git: add it to .gitignore.`);
}

/** The project that `aura init` sets up: named, chosen or created. */
async function chooseProject(
  ctx: Context,
  api: Api,
  { project, create = false }: InitOptions,
): Promise<string> {
  if (project !== undefined) {
    checkProjectName(project);
  } else if (!ctx.prompts.possible) {
    throw usageError(
      'Not a terminal: pass --project NAME',
      'Add --create to create it if it does not exist.',
    );
  } else if (create) {
    return createNamed(ctx, api);
  }
  const { projects } = await api((client) => client.GET('/v1/projects'));
  const names = projects.map(({ projectName }) => projectName);
  if (project === undefined) return pick(ctx, api, names);
  if (names.includes(project)) return project;
  if (create) return createAndSay(ctx, api, project);
  throw new CliError(`You have no project named ${project}`, {
    code: 'project_not_found',
    fix: 'Add --create to create it.',
  });
}

async function pick(ctx: Context, api: Api, names: readonly string[]): Promise<string> {
  if (names.length === 0) return createNamed(ctx, api);
  const choice = await ctx.prompts.choose('Which project?', [
    ...names.map((value) => ({ value, label: value })),
    { value: NEW, label: 'A new one…' },
  ]);
  return choice === NEW ? createNamed(ctx, api) : choice;
}

/** Asks for a name until one is free. */
async function createNamed(ctx: Context, api: Api): Promise<string> {
  for (;;) {
    const name = await ctx.prompts.ask('Name of the new project', (answer) =>
      isProjectName(answer) ? undefined : '2 to 40 of a-z, 0-9 and "-", and no reserved word',
    );
    try {
      return await createAndSay(ctx, api, name);
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'project_name_taken') throw error;
      ctx.output.warn(error.message);
    }
  }
}

async function createAndSay(ctx: Context, api: Api, project: string): Promise<string> {
  const { projectName } = await createProject(api, project);
  ctx.output.note(`Created the project ${projectName}`);
  return projectName;
}

interface ProjectKey {
  readonly secret: string;
  /** Revokes a key that was created for this run. */
  readonly revoke: () => Promise<void>;
}

/** The secret key in the file where it still opens the project, else a new one. */
async function secretKey(
  ctx: Context,
  api: Api,
  project: string,
  text: string,
): Promise<ProjectKey> {
  const { AURA_SECRET_KEY: kept, NEXT_PUBLIC_AURA_CDN_URL: cdnUrl } = parseEnv(text);
  // A key of another deployment is not sent to this one.
  const ours = cdnUrl === ctx.settings().cdnUrl;
  if (kept !== undefined && ours && (await opens(ctx, kept, project))) {
    return { secret: kept, revoke: async () => {} };
  }
  const name = `aura init on ${ctx.host.machine}`.slice(0, 100);
  const { id, secret } = await createSecretKey(ctx, api, project, name);
  const revoke = async () => {
    try {
      // After Ctrl-C the command's own signal would abort this request as well.
      const cleanup = await ctx.api(AbortSignal.timeout(CLEANUP_TIMEOUT_MS));
      await cleanup((client) =>
        client.DELETE('/v1/projects/{project}/secret-keys/{id}', {
          params: { path: { project, id } },
        }),
      );
    } catch {
      ctx.output.warn(
        `The new secret key "${name}" could not be revoked and is still active. Run aura open and revoke it in the settings of ${project}.`,
      );
    }
  };
  return { secret, revoke };
}

async function createSecretKey(ctx: Context, api: Api, project: string, name: string) {
  try {
    return await api((client) =>
      client.POST('/v1/projects/{project}/secret-keys', {
        params: { path: { project } },
        body: { name },
      }),
    );
  } catch (error) {
    const lost = ctx.host.signal.aborted || (error instanceof RequestError && error.status === 0);
    if (lost) {
      ctx.output.warn(
        `The server may have created the secret key "${name}" all the same. If it is in the settings of ${project}, which aura open shows, revoke it.`,
      );
    }
    if (!(error instanceof RequestError) || error.code !== 'secret_key_limit') throw error;
    throw new CliError(error.message, {
      code: error.code,
      fix: 'Run aura open, and revoke a key that is not used any more.',
    });
  }
}

async function opens(ctx: Context, secret: string, project: string): Promise<boolean> {
  if (!/^sk_live_[\w-]{1,200}$/.test(secret)) return false;
  try {
    await ctx.apiAs(secret)((client) =>
      client.GET('/v1/projects/{project}/images', {
        params: { path: { project }, query: { limit: 1 } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof RequestError && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
}
