import { isProjectName } from '@auraimage/protocol';
import type { Api } from '../api.js';
import type { Context } from '../context.js';
import { CliError, usageError } from '../errors.js';
import { RefusedError } from '../http.js';
import { checkProjectName } from '../project.js';

const NEW = ' new';

/** The project that `aura init` sets up: named, chosen or made. */
export async function chooseProject(
  ctx: Context,
  api: Api,
  { project, create = false }: { readonly project?: string; readonly create?: boolean },
): Promise<string> {
  if (project !== undefined) {
    checkProjectName(project);
  } else if (!ctx.prompts.possible) {
    throw usageError(
      'Which project? Nobody can be asked here',
      'Give --project NAME, and --create to make it if it is not there.',
    );
  } else if (create) {
    return makeNamed(ctx, api);
  }
  const names = (await api.projects()).map(({ projectName }) => projectName);
  if (project === undefined) return pick(ctx, api, names);
  if (names.includes(project)) return project;
  if (create) return made(ctx, api, project);
  throw new CliError(`You have no project named ${project}`, {
    code: 'project_not_found',
    fix: 'Add --create to make it.',
  });
}

async function pick(ctx: Context, api: Api, names: readonly string[]): Promise<string> {
  if (names.length === 0) return makeNamed(ctx, api);
  const choice = await ctx.prompts.choose('Which project?', [
    ...names.map((value) => ({ value, label: value })),
    { value: NEW, label: 'A new one…' },
  ]);
  return choice === NEW ? makeNamed(ctx, api) : choice;
}

/** Asks for a name until there is a project of it. */
async function makeNamed(ctx: Context, api: Api): Promise<string> {
  for (;;) {
    const name = await ctx.prompts.ask('Name of the new project', (answer) =>
      isProjectName(answer) ? undefined : '2 to 40 of a-z, 0-9 and "-", and no reserved word',
    );
    try {
      return await made(ctx, api, name);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 'project_name_taken') throw error;
      ctx.output.warn(error.message);
    }
  }
}

async function made(ctx: Context, api: Api, name: string): Promise<string> {
  const { projectName } = await api.createProject(name);
  ctx.output.note(`Made the project ${projectName}`);
  return projectName;
}
