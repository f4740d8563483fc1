import { isProjectName } from '@auraimage/protocol';
import { parseImage } from './address.js';
import type { Context } from './context.js';
import { CliError, usageError } from './errors.js';

/** The image that a command works on. */
export interface TargetImage {
  readonly project: string;
  readonly key: string;
}

/**
 * Which project is meant: the flag, AURA_PROJECT, the choice of `aura init` in this folder, the
 * account's only one, or the answer to a question.
 */
export async function resolveProject(ctx: Context, flag: string | undefined): Promise<string> {
  if (flag !== undefined) return checkProjectName(flag);
  const { project, apiUrl } = ctx.settings();
  const known = project ?? (await ctx.folders.find(apiUrl, ctx.host.cwd));
  if (known !== undefined) return known;
  const projects = (await (await ctx.api()).projects()).map(({ projectName }) => projectName);
  const [only] = projects;
  if (only === undefined) {
    throw new CliError('The account has no project yet', { fix: 'Run aura init to make one.' });
  }
  if (projects.length === 1) return only;
  if (ctx.prompts.possible) {
    return ctx.prompts.choose(
      'Which project?',
      projects.map((value) => ({ value, label: value })),
    );
  }
  throw usageError(
    'The account has more than one project',
    'Name one: --project NAME or AURA_PROJECT, or run aura init in this folder.',
  );
}

/** Images as the person named them, each with its project. */
export async function resolveImages(
  ctx: Context,
  named: readonly string[],
  flag: string | undefined,
): Promise<TargetImage[]> {
  const images = named.map((text) => parseImage(text, ctx.settings()));
  if (flag !== undefined) checkProjectName(flag);
  const other = images.find(({ project = flag }) => flag !== undefined && project !== flag);
  if (other !== undefined) {
    throw usageError(`${other.project}/${other.key} is not in the project of --project ${flag}`);
  }
  const missing = images.some(({ project }) => project === undefined);
  const fallback = missing ? await resolveProject(ctx, flag) : '';
  return images.map(({ project = fallback, key }) => ({ project, key }));
}

export function checkProjectName(name: string): string {
  if (isProjectName(name)) return name;
  throw usageError(
    `${JSON.stringify(name)} is not a project's name`,
    'Names are 2 to 40 of a-z, 0-9 and "-", and no reserved word.',
  );
}
