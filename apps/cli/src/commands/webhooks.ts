import type { Schemas } from '@auraimage/client';
import type { EventType } from '@auraimage/protocol';
import { type Command, Option } from 'commander';
import { confirmation } from '../confirmation.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { listPages } from '../pages.js';
import { resolveProject } from '../targets.js';
import { wholeNumber } from '../units.js';
import { eventTypes } from '../webhooks/event-types.js';
import { accountApi } from './projects.js';

type Webhook = Schemas['Webhook'];
type Delivery = Schemas['Delivery'];

const MAX_PAGE = 200;
const DEFAULT_LIMIT = 20;
const OVERLAP_HOURS = 24;

interface CommonOptions {
  readonly project?: string;
  readonly json?: boolean;
}

interface AddOptions extends CommonOptions {
  readonly events?: readonly EventType[];
}

interface RemoveOptions extends CommonOptions {
  readonly yes?: boolean;
}

interface RotateOptions extends CommonOptions {
  readonly overlap: number;
}

interface DeliveriesOptions extends CommonOptions {
  readonly state?: Delivery['state'];
  readonly limit: number;
}

export function webhooksCommand(program: Command, ctx: Context): void {
  const webhooks = program
    .command('webhooks')
    .description('list, add and remove webhooks of a project, and see what was delivered')
    .addHelpText(
      'after',
      examples('aura webhooks', 'aura webhooks add https://app.example/api/webhooks/aura'),
    );
  const command = (name: string, description: string, ...lines: readonly string[]) =>
    webhooks
      .command(name)
      .description(description)
      .option('-p, --project <name>', 'the project')
      .option('--json', 'print JSON')
      .addHelpText('after', examples(...lines));
  const ID = ['<webhook>', 'its ID, as aura webhooks shows it'] as const;

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
  command('test', 'send an event webhook.test', 'aura webhooks test wh_1')
    .argument(...ID)
    .action((id: string, options: CommonOptions) => test(ctx, id, options));
  command(
    'deliveries',
    'list deliveries, newest first; of one, every attempt',
    'aura webhooks deliveries wh_1 --state failed',
    'aura webhooks deliveries wh_1 dlv_7',
  )
    .argument(...ID)
    .argument('[delivery]', 'ID of a delivery')
    .addOption(
      new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'failed']),
    )
    .option(
      '--limit <count>',
      'most deliveries to list, 0 for all',
      wholeNumber(0, 999_999_999),
      DEFAULT_LIMIT,
    )
    .action((id: string, delivery: string | undefined, options: DeliveriesOptions) =>
      delivery === undefined ? deliveries(ctx, id, options) : attempts(ctx, id, delivery, options),
    );
  command('redeliver', 'send an event once more', 'aura webhooks redeliver wh_1 dlv_7')
    .argument(...ID)
    .argument('<delivery>', 'ID of a delivery')
    .action((id: string, delivery: string, options: CommonOptions) =>
      redeliver(ctx, id, delivery, options),
    );
}

async function opened(ctx: Context, { project: flag }: CommonOptions) {
  const project = await resolveProject(ctx, flag);
  return { project, api: await accountApi(ctx, 'A secret key cannot manage webhooks') };
}

/** Prints a result: as JSON, or as `text` prints it. */
function show<Result>(
  { output }: Context,
  { json }: CommonOptions,
  result: Result,
  text: (result: Result) => void,
): void {
  if (json) output.json(result);
  else text(result);
}

/** The parameters of a path with a webhook. */
const of = (project: string, id: string) => ({ params: { path: { project, id } } });
const ofDelivery = (project: string, id: string, delivery: string) => ({
  params: { path: { project, id, delivery } },
});

async function list(ctx: Context, options: CommonOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await opened(ctx, options);
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
  const { project, api } = await opened(ctx, options);
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
  const { project, api } = await opened(ctx, options);
  const { url } = await api((client) =>
    client.GET('/v1/projects/{project}/webhooks/{id}', of(project, id)),
  );
  const question = `Remove the webhook to ${printable(url)}, with what is not delivered yet?`;
  if (!(await confirmed(question))) return;
  await api((client) => client.DELETE('/v1/projects/{project}/webhooks/{id}', of(project, id)));
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
  const { project, api } = await opened(ctx, options);
  const webhook = await api((client) =>
    client.PATCH('/v1/projects/{project}/webhooks/{id}', { ...of(project, id), body: { enabled } }),
  );
  show(ctx, options, webhook, () => ctx.output.print(textOf(webhook)));
}

async function secret(ctx: Context, id: string, options: CommonOptions): Promise<void> {
  const { project, api } = await opened(ctx, options);
  const secrets = await api((client) =>
    client.GET('/v1/projects/{project}/webhooks/{id}/secret', of(project, id)),
  );
  show(ctx, options, secrets, ({ secret }) => ctx.output.print(secret));
}

async function rotate(
  ctx: Context,
  id: string,
  { overlap, ...options }: RotateOptions,
): Promise<void> {
  const { output } = ctx;
  const { project, api } = await opened(ctx, options);
  const rotated = await api((client) =>
    client.POST('/v1/projects/{project}/webhooks/{id}/rotate-secret', {
      ...of(project, id),
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

async function test(ctx: Context, id: string, options: CommonOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await opened(ctx, options);
  const delivery = await api((client) =>
    client.POST('/v1/projects/{project}/webhooks/{id}/test', of(project, id)),
  );
  show(ctx, options, delivery, () => {
    output.print(rowOf(delivery));
    output.note(`See what your app answered: aura webhooks deliveries ${id} ${delivery.id}`);
  });
}

async function deliveries(ctx: Context, id: string, options: DeliveriesOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await opened(ctx, options);
  const { listed, hasMore } = await listPages(
    { limit: options.limit, pageSize: MAX_PAGE },
    (page) => {
      const query = { ...page, ...(options.state === undefined ? {} : { state: options.state }) };
      return api((client) =>
        client.GET('/v1/projects/{project}/webhooks/{id}/deliveries', {
          params: { path: { project, id }, query },
        }),
      );
    },
    (page) => {
      for (const delivery of page.deliveries) {
        show(ctx, options, delivery, () => output.print(rowOf(delivery)));
      }
      return page.deliveries.length;
    },
  );
  if (options.json) return;
  if (listed === 0) output.note('No deliveries');
  if (hasMore) output.note(`Showing the newest ${listed}; --limit 0 lists all`);
}

async function attempts(
  ctx: Context,
  id: string,
  delivery: string,
  options: CommonOptions,
): Promise<void> {
  const { output } = ctx;
  const { project, api } = await opened(ctx, options);
  const found = await api((client) =>
    client.GET(
      '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}',
      ofDelivery(project, id, delivery),
    ),
  );
  show(ctx, options, found, ({ log }) => {
    output.print(rowOf(found));
    for (const { at, status, problem, milliseconds, answer } of log) {
      output.print(`  ${minuteOf(at)}  ${status ?? problem}  ${milliseconds} ms`);
      for (const line of answer.split('\n').filter((each) => each.trim() !== '')) {
        output.print(`    ${printable(line)}`);
      }
    }
    if (log.length === 0) output.note('Not sent yet');
  });
}

async function redeliver(
  ctx: Context,
  id: string,
  delivery: string,
  options: CommonOptions,
): Promise<void> {
  const { project, api } = await opened(ctx, options);
  const again = await api((client) =>
    client.POST(
      '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/redeliver',
      ofDelivery(project, id, delivery),
    ),
  );
  show(ctx, options, again, () => ctx.output.print(rowOf(again)));
}

function textOf({ id, url, types, enabled, disabledReason }: Webhook): string {
  const parts = [id, printable(url), types.length === 0 ? 'all events' : types.join(',')];
  if (!enabled) parts.push(disabledReason === 'gone' ? 'disabled: it answered 410' : 'disabled');
  return parts.join('  ');
}

function rowOf({ id, createdAt, state, type, key, attempts, nextAttemptAt }: Delivery): string {
  const columns = [id, minuteOf(createdAt), state.padEnd(9), type.padEnd(19)];
  if (key !== null) columns.push(printable(key));
  columns.push(attempts === 1 ? '1 attempt' : `${attempts} attempts`);
  if (nextAttemptAt !== null) columns.push(`next ${minuteOf(nextAttemptAt)}`);
  return columns.join('  ');
}

/** @example minuteOf('2026-11-25T10:20:30.000Z'); // '2026-11-25 10:20:30' */
function minuteOf(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
