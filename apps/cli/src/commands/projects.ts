import type { Command } from 'commander';
import { accountApi } from '../account-api.js';
import type { Api } from '../api.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { checkProjectName, namedProject } from '../targets.js';
import { formatBytes } from '../units.js';

interface ProjectsOptions {
  readonly json?: boolean;
}

export function projectsCommand(program: Command, ctx: Context): void {
  const projects = program
    .command('projects')
    .description('list the projects of the account, or create one')
    .addHelpText('after', examples('aura projects', 'aura projects create my-app'));
  projects
    .command('list', { isDefault: true })
    .description('list the projects of the account, oldest first')
    .option('--json', 'print one JSON object per project')
    .addHelpText('after', examples('aura projects', 'aura projects list --json'))
    .action((options: ProjectsOptions) => list(ctx, options));
  projects
    .command('create')
    .description('create a project')
    .argument('<name>', '2 to 40 of a-z, 0-9 and "-"')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('aura projects create my-app'))
    .action((name: string, options: ProjectsOptions) => create(ctx, name, options));
}

async function list(ctx: Context, { json = false }: ProjectsOptions): Promise<void> {
  const { output } = ctx;
  const api = await accountApi(ctx, NO_ACCOUNT);
  const { projects } = await api((client) => client.GET('/v1/projects'));
  if (json) {
    for (const project of projects) output.json(project);
    return;
  }
  const chosen = await namedProject(ctx, undefined);
  const width = Math.max(...projects.map(({ projectName }) => projectName.length));
  for (const { projectName, images, usedBytes } of projects) {
    const mark = projectName === chosen ? '*' : ' ';
    const count = `${images} ${images === 1 ? 'image' : 'images'}`;
    output.print(`${mark} ${projectName.padEnd(width)}  ${count}, ${formatBytes(usedBytes)}`);
  }
  if (projects.length === 0) output.note('No project yet. Create one: aura projects create NAME');
  if (projects.some(({ projectName }) => projectName === chosen)) {
    output.note('* is the project that commands use here without --project.');
  }
}

async function create(
  ctx: Context,
  name: string,
  { json = false }: ProjectsOptions,
): Promise<void> {
  checkProjectName(name);
  const project = await createProject(await accountApi(ctx, NO_ACCOUNT), name);
  if (json) {
    ctx.output.json(project);
    return;
  }
  ctx.output.print(`Created the project ${project.projectName}`);
  ctx.output.note(
    `Set an app up for it: aura init --project ${project.projectName} --write .env.local`,
  );
}

/** A secret key knows its own projects only by name. */
const NO_ACCOUNT = 'A secret key can neither list projects nor create one';

/** @throws {RequestError} `project_name_taken`, `project_limit` */
export function createProject(api: Api, projectName: string) {
  return api((client) => client.POST('/v1/projects', { body: { projectName } }));
}
