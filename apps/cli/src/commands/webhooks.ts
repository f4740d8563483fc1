import type { Schemas } from '@auraimage/client';
import type { EventType } from '@auraimage/protocol';
import type { Command } from 'commander';
import { confirmation } from '../confirmation.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { wholeNumber } from '../units.js';
import { addDeliveryCommands } from '../webhooks/deliveries.js';
import { eventTypes } from '../webhooks/event-types.js';
import {
  type AddCommand,
  type CommonOptions,
  ID,
  ofWebhook,
  openProject,
  show,
} from '../webhooks/project-webhooks.js';

type Webhook = Schemas['Webhook'];

const OVERLAP_HOURS = 24;

interface AddOptions extends CommonOptions {
  readonly events?: readonly EventType[];
}

interface RemoveOptions extends CommonOptions {
  readonly yes?: boolean;
}

interface RotateOptions extends CommonOptions {
  readonly overlap: number;
}

export function webhooksCommand(program: Command, ctx: Context): void {
  const webhooks = program
    .command('webhooks')
    .description('list, add and remove webhooks of a project, and see what was delivered')
    .addHelpText(
      'after',
      examples('aura webhooks', 'aura webhooks add https://app.example/api/webhooks/aura'),
    );
  const command: AddCommand = (name, description, ...lines) =>
    webhooks
      .command(name)
      .description(description)
      .option('-p, --project <name>', 'the project')
      .option('--json', 'print JSON')
      .addHelpText('after', examples(...lines));

  webhooks
    .command('list', { isDefault: true })
    .description('list the webhooks, oldest first')
    .option('-p, --project <name>', 'the project')
    .option('--json', 'print one JSON object per webhook')
    .addHelpText('after', examples('aura webhooks', 'aura webhooks list --json'))
    .action((options: CommonOptions) => list(ctx, options));
  command(
    'add',
    'add a webhook, and show the secret that signs its events',
    'aura webhooks add https://app.example/api/webhooks/aura',
    'aura webhooks add https://app.example/hook --events image.uploaded,image.deleted',
  )
    .argument('<url>', 'an https URL of your app')
    .option('--events <types>', 'only these, with commas between them', eventTypes)
    .action((url: string, options: AddOptions) => add(ctx, url, options));
  command('rm', 'remove a webhook and its deliveries', 'aura webhooks rm wh_1')
    .argument(...ID)
    .option('-y, --yes', 'do not ask')
    .action((id: string, options: RemoveOptions) => remove(ctx, id, options));
  command('enable', 'send events to a webhook again', 'aura webhooks enable wh_1')
    .argument(...ID)
    .action((id: string, options: CommonOptions) => enable(ctx, id, true, options));
  command('disable', 'send nothing until it is enabled again', 'aura webhooks disable wh_1')
    .argument(...ID)
    .action((id: string, options: CommonOptions) => enable(ctx, id, false, options));
  command('secret', 'show the secret that signs the events', 'aura webhooks secret wh_1')
    .argument(...ID)
    .action((id: string, options: CommonOptions) => secret(ctx, id, options));
  command(
    'rotate',
    'make a new secret; the old one signs as well for a time',
    'aura webhooks rotate wh_1',
    'aura webhooks rotate wh_1 --overlap 0',
  )
    .argument(...ID)
    .option(
      '--overlap <hours>',
      'hours in which both secrets sign, 0 to 168',
      wholeNumber(0, 168),
      OVERLAP_HOURS,
    )
    .action((id: string, options: RotateOptions) => rotate(ctx, id, options));
  addDeliveryCommands(command, ctx);
}

async function list(ctx: Context, options: CommonOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await openProject(ctx, options);
  const { webhooks } = await api((client) =>
    client.GET('/v1/projects/{project}/webhooks', { params: { path: { project } } }),
  );
  for (const webhook of webhooks) {
    show(ctx, options, webhook, () => output.print(textOf(webhook)));
  }
  if (webhooks.length === 0 && !options.json) {
    output.note(
      `No webhook in ${project} yet. Add one: aura webhooks add https://app.example/hook`,
    );
  }
}

async function add(
  ctx: Context,
  url: string,
  { events: types, ...options }: AddOptions,
): Promise<void> {
  const { output } = ctx;
  const { project, api } = await openProject(ctx, options);
  const webhook = await api((client) =>
    client.POST('/v1/projects/{project}/webhooks', {
      params: { path: { project } },
      body: { url, ...(types && { types: [...types] }) },
    }),
  );
  show(ctx, options, webhook, ({ id, secret }) => {
    output.print(textOf(webhook));
    output.print(`\nAURA_WEBHOOK_SECRET=${secret}`);
    output.note(`Put the secret where your app reads its settings, then: aura webhooks test ${id}`);
  });
}

async function remove(ctx: Context, id: string, options: RemoveOptions): Promise<void> {
  const confirmed = confirmation(ctx, options);
  const { project, api } = await openProject(ctx, options);
  const { url } = await api((client) =>
    client.GET('/v1/projects/{project}/webhooks/{id}', ofWebhook(project, id)),
  );
  const question = `Remove the webhook to ${printable(url)}, with what is not delivered yet?`;
  if (!(await confirmed(question))) return;
  await api((client) =>
    client.DELETE('/v1/projects/{project}/webhooks/{id}', ofWebhook(project, id)),
  );
  show(ctx, options, { project, id, status: 'removed' }, () => {
    ctx.output.print(`Removed the webhook to ${printable(url)}`);
  });
}

async function enable(
  ctx: Context,
  id: string,
  enabled: boolean,
  options: CommonOptions,
): Promise<void> {
  const { project, api } = await openProject(ctx, options);
  const webhook = await api((client) =>
    client.PATCH('/v1/projects/{project}/webhooks/{id}', {
      ...ofWebhook(project, id),
      body: { enabled },
    }),
  );
  show(ctx, options, webhook, () => ctx.output.print(textOf(webhook)));
}

async function secret(ctx: Context, id: string, options: CommonOptions): Promise<void> {
  const { project, api } = await openProject(ctx, options);
  const secrets = await api((client) =>
    client.GET('/v1/projects/{project}/webhooks/{id}/secret', ofWebhook(project, id)),
  );
  show(ctx, options, secrets, ({ secret }) => ctx.output.print(secret));
}

async function rotate(
  ctx: Context,
  id: string,
  { overlap, ...options }: RotateOptions,
): Promise<void> {
  const { output } = ctx;
  const { project, api } = await openProject(ctx, options);
  const rotated = await api((client) =>
    client.POST('/v1/projects/{project}/webhooks/{id}/rotate-secret', {
      ...ofWebhook(project, id),
      body: { overlapSeconds: overlap * 3600 },
    }),
  );
  show(ctx, options, rotated, ({ secret }) => {
    output.print(`AURA_WEBHOOK_SECRET=${secret}`);
    output.note(
      overlap === 0
        ? 'The old secret signs nothing any more: your app refuses events until it has the new one.'
        : `Both secrets sign for ${overlap} ${overlap === 1 ? 'hour' : 'hours'}: give the new one to your app in that time.`,
    );
  });
}

function textOf({ id, url, types, enabled, disabledReason }: Webhook): string {
  const parts = [id, printable(url), types.length === 0 ? 'all events' : types.join(',')];
  if (!enabled) parts.push(disabledReason === 'gone' ? 'disabled: it answered 410' : 'disabled');
  return parts.join('  ');
}
