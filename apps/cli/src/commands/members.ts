import type { Schemas } from '@auraimage/client';
import { type Command, InvalidArgumentError } from 'commander';
import { accountApi } from '../account-api.js';
import { confirmation } from '../confirmation.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { resolveProject } from '../targets.js';

type Role = Schemas['Member']['role'];

interface Options {
  readonly project?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface InviteOptions extends Options {
  readonly email?: string;
}

const NO_KEY = 'A secret key cannot manage members';

export function membersCommand(program: Command, ctx: Context): void {
  const members = program
    .command('members')
    .description('list who has access to a project, invite, change or remove')
    .addHelpText('after', examples('aura members', 'aura members invite editor'));
  withProject(members.command('list', { isDefault: true }))
    .description('list the members of the project with their roles')
    .addHelpText('after', examples('aura members', 'aura members list --project my-app --json'))
    .action((options: Options) => list(ctx, options));
  withProject(members.command('invite'))
    .description('make a link with which one person joins the project within 7 days')
    .argument('<role>', 'owner, editor or viewer', role)
    .option('--email <address>', 'only this person may use it')
    .addHelpText(
      'after',
      examples('aura members invite viewer', 'aura members invite editor --email ann@example.com'),
    )
    .action((wanted: Role, options: InviteOptions) => invite(ctx, wanted, options));
  withProject(members.command('role'))
    .description('give a member another role')
    .argument('<email>', 'the member')
    .argument('<role>', 'owner, editor or viewer', role)
    .addHelpText('after', examples('aura members role ann@example.com owner'))
    .action((email: string, wanted: Role, options: Options) => change(ctx, email, wanted, options));
  withProject(members.command('remove'))
    .description('remove a member; holds at once')
    .argument('<email>', 'the member')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples('aura members remove ann@example.com'))
    .action((email: string, options: Options) => remove(ctx, email, options));
  withProject(members.command('leave'))
    .description('leave the project yourself')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples('aura members leave --project their-app'))
    .action((options: Options) => leave(ctx, options));
}

function withProject(command: Command): Command {
  return command
    .option('-p, --project <name>', 'the project')
    .option('--json', 'print JSON, one object per line');
}

function role(text: string): Role {
  if (text === 'owner' || text === 'editor' || text === 'viewer') return text;
  throw new InvalidArgumentError('Use owner, editor or viewer.');
}

async function list(ctx: Context, options: Options): Promise<void> {
  const { output } = ctx;
  const { members } = await listMembers(ctx, options);
  const width = Math.max(0, ...members.map(({ email }) => email.length));
  for (const member of members) {
    if (options.json) output.json(member);
    else output.print(`${member.email.padEnd(width)}  ${member.role}`);
  }
}

async function invite(
  ctx: Context,
  wanted: Role,
  { project: flag, email, json }: InviteOptions,
): Promise<void> {
  const { output } = ctx;
  const api = await accountApi(ctx, NO_KEY);
  const project = await resolveProject(ctx, flag);
  const invitation = await api((client) =>
    client.POST('/v1/projects/{project}/invitations', {
      params: { path: { project } },
      body: { role: wanted, ...(email === undefined ? {} : { email }) },
    }),
  );
  if (json) {
    output.json(invitation);
    return;
  }
  output.print(invitation.url);
  const who = invitation.email ?? 'one person';
  output.note(`Send it yourself: with it, ${who} joins ${project} as ${wanted} within 7 days`);
}

async function change(ctx: Context, email: string, wanted: Role, options: Options): Promise<void> {
  const { api, project, member } = await findMember(ctx, email, options);
  const changed = await api((client) =>
    client.PATCH('/v1/projects/{project}/members/{id}', {
      params: { path: { project, id: member.id } },
      body: { role: wanted },
    }),
  );
  if (options.json) ctx.output.json(changed);
  else ctx.output.print(`${changed.email} is ${changed.role} of ${project}`);
}

async function remove(ctx: Context, email: string, options: Options): Promise<void> {
  const confirmed = confirmation(ctx, options);
  const { api, project, member } = await findMember(ctx, email, options);
  if (!(await confirmed(`Remove ${member.email} from ${project}?`))) return;
  await api((client) =>
    client.DELETE('/v1/projects/{project}/members/{id}', {
      params: { path: { project, id: member.id } },
    }),
  );
  if (options.json) ctx.output.json({ project, removed: member.email });
  else ctx.output.print(`${member.email} has no access to ${project} any more`);
}

async function leave(ctx: Context, options: Options): Promise<void> {
  const confirmed = confirmation(ctx, options);
  const api = await accountApi(ctx, NO_KEY);
  const project = await resolveProject(ctx, options.project);
  if (!(await confirmed(`Leave ${project}?`))) return;
  await api((client) =>
    client.DELETE('/v1/projects/{project}/members/me', { params: { path: { project } } }),
  );
  if (options.json) ctx.output.json({ project, left: true });
  else ctx.output.print(`You have left ${project}`);
}

async function listMembers(ctx: Context, { project: flag }: Options) {
  const api = await accountApi(ctx, NO_KEY);
  const project = await resolveProject(ctx, flag);
  const { members } = await api((client) =>
    client.GET('/v1/projects/{project}/members', { params: { path: { project } } }),
  );
  return { api, project, members };
}

async function findMember(ctx: Context, email: string, options: Options) {
  const { members, ...found } = await listMembers(ctx, options);
  const member = members.find((each) => each.email === email.trim().toLowerCase());
  if (member !== undefined) return { ...found, member };
  throw usageError(`${email} is no member of ${found.project}`, 'aura members lists them.');
}
