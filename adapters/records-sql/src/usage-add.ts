import type { UsageDelta } from '@auraimage/ports';
import type { Transaction } from 'kysely';
import { liveProjects } from './projects.js';
import type { Database } from './schema.js';
import { DAY, hourOf } from './times.js';
import { inOrder } from './transact.js';
import { COLUMNS, toColumns } from './usage-columns.js';

/** Rows older than the longest span that is asked for, 90 days, are kept no longer. */
const KEPT_DAYS = 91;

/** Adds what happened by project and hour; for a project that is gone nothing. */
export async function addDeltas(
  trx: Transaction<Database>,
  deltas: readonly UsageDelta[],
): Promise<void> {
  for (const delta of inOrder(deltas, ({ project, hour }) => `${project} ${hour}`)) {
    await addDelta(trx, delta);
  }
}

async function addDelta(trx: Transaction<Database>, delta: UsageDelta): Promise<void> {
  const found = liveProjects(trx)
    .select(['id', 'used_bytes', 'image_count', 'rotated_at'])
    .where('name', '=', delta.project);
  // The project stays until this is in. Where it says which secret was the one before, that stays too.
  const project = await (delta.previousSecret === undefined
    ? found.forKeyShare()
    : found.forShare()
  ).executeTakeFirst();
  if (project === undefined) return;
  const hour = hourOf(delta.hour);
  const previous = previousOf(delta, project.rotated_at);
  await trx
    .insertInto('usage_hours')
    .values({
      project_id: project.id,
      hour,
      ...toColumns(delta.counts),
      previous_secret_reads: previous.reads,
      previous_secret_last_at: previous.lastAt,
      stored_bytes: project.used_bytes,
      stored_images: project.image_count,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'hour']).doUpdateSet((eb) => ({
        ...Object.fromEntries(
          [...Object.values(COLUMNS), 'previous_secret_reads' as const].map((column) => [
            column,
            eb(`usage_hours.${column}`, '+', eb.ref(`excluded.${column}`)),
          ]),
        ),
        previous_secret_last_at: eb
          .case()
          .when(
            'excluded.previous_secret_last_at',
            '>',
            eb.fn.coalesce('usage_hours.previous_secret_last_at', eb.lit(0)),
          )
          .then(eb.ref('excluded.previous_secret_last_at'))
          .else(eb.ref('usage_hours.previous_secret_last_at'))
          .end(),
        stored_bytes: eb.ref('excluded.stored_bytes'),
        stored_images: eb.ref('excluded.stored_images'),
      })),
    )
    .execute();
  await forgetOld(trx, project.id, hour - KEPT_DAYS * DAY);
}

/** Reads that arrive late, from before the last rotation, were let through by another secret. */
function previousOf({ previousSecret }: UsageDelta, rotatedAt: number | null) {
  const counts =
    previousSecret !== undefined && rotatedAt !== null && previousSecret.lastAt >= rotatedAt;
  return counts ? previousSecret : { reads: 0, lastAt: null };
}

/** Takes rows before a time away, all but the last one: it tells what was stored from then on. */
async function forgetOld(trx: Transaction<Database>, projectId: string, before: number) {
  await trx
    .deleteFrom('usage_hours')
    .where('project_id', '=', projectId)
    .where('hour', '<', (eb) =>
      eb
        .selectFrom('usage_hours')
        .select((max) => max.fn.max('hour').as('hour'))
        .where('project_id', '=', projectId)
        .where('hour', '<', before),
    )
    .execute();
}
