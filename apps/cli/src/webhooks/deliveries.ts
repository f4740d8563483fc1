import type { Schemas } from '@auraimage/client';
import { Option } from 'commander';
import type { Context } from '../context.js';
import { printable } from '../output.js';
import { listPages } from '../pages.js';
import { wholeNumber } from '../units.js';
import {
  type AddCommand,
  type CommonOptions,
  ID,
  ofWebhook,
  openProject,
  show,
} from './project-webhooks.js';

type Delivery = Schemas['Delivery'];

const MAX_PAGE = 200;
const DEFAULT_LIMIT = 20;

interface DeliveriesOptions extends CommonOptions {
  readonly state?: Delivery['state'];
  readonly limit: number;
}

/** Adds the commands about deliveries. */
export function addDeliveryCommands(command: AddCommand, ctx: Context): void {
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

const ofDelivery = (project: string, id: string, delivery: string) => ({
  params: { path: { project, id, delivery } },
});

async function test(ctx: Context, id: string, options: CommonOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await openProject(ctx, options);
  const delivery = await api((client) =>
    client.POST('/v1/projects/{project}/webhooks/{id}/test', ofWebhook(project, id)),
  );
  show(ctx, options, delivery, () => {
    output.print(rowOf(delivery));
    output.note(`See what your app answered: aura webhooks deliveries ${id} ${delivery.id}`);
  });
}

async function deliveries(ctx: Context, id: string, options: DeliveriesOptions): Promise<void> {
  const { output } = ctx;
  const { project, api } = await openProject(ctx, options);
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
  const { project, api } = await openProject(ctx, options);
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
  const { project, api } = await openProject(ctx, options);
  const again = await api((client) =>
    client.POST(
      '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/redeliver',
      ofDelivery(project, id, delivery),
    ),
  );
  show(ctx, options, again, () => ctx.output.print(rowOf(again)));
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
