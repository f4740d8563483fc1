import { USAGE_KINDS, type UsageCounts, type UsageDelta, type UsageKind } from '@auraimage/ports';
import type { Kysely, Transaction } from 'kysely';
import type { Database, UsageCountColumns } from '../database/schema.js';
import { inOrder } from '../database/transaction.js';
import { addNamed, lockOthers, type Place, placeOf } from './named-usage.js';
import { liveProjects } from './projects.js';

// Usage has a row per project and hour with activity.

const HOUR = 3_600_000;

/** Start of an hour. */
export const hourOf = (time: number): number => time - (time % HOUR);

export const COLUMNS = {
  uploads: 'uploads',
  uploadedBytes: 'uploaded_bytes',
  deletes: 'deletes',
  readsOk: 'reads_ok',
  readsNotModified: 'reads_not_modified',
  readsRefusedMissing: 'reads_refused_missing',
  readsRefusedExpired: 'reads_refused_expired',
  readsRefusedOther: 'reads_refused_other',
  sentBytes: 'sent_bytes',
  encodeMilliseconds: 'encode_milliseconds',
  cacheHits: 'cache_hits',
  cacheMisses: 'cache_misses',
  cacheBypasses: 'cache_bypasses',
} as const satisfies Record<keyof UsageCounts, keyof UsageCountColumns>;

export const COUNTS = Object.keys(COLUMNS) as (keyof UsageCounts)[];

/** Adds counts by project and hour. Ignores unknown projects. @returns the days with counts by name */
export async function addDeltas(
  trx: Transaction<Database>,
  deltas: readonly UsageDelta[],
): Promise<readonly Place[]> {
  const found = [];
  const days = new Map<string, { readonly place: Place; unseen: number }>();
  for (const delta of inOrder(deltas, ({ project, hour }) => `${project} ${hour}`)) {
    const project = await lockedProject(trx, delta);
    if (project === undefined) continue;
    found.push({ delta, project });
    for (const kind of namedKinds(delta)) {
      const place = placeOf(project.id, kind, delta.hour);
      const name = nameOf(place);
      if (!days.has(name)) days.set(name, { place, unseen: await lockOthers(trx, place) });
    }
  }
  for (const { delta, project } of found) {
    await addHour(trx, delta, project);
    for (const kind of namedKinds(delta)) {
      const day = days.get(nameOf(placeOf(project.id, kind, delta.hour)));
      const named = delta.named?.[kind];
      if (day === undefined || named === undefined) continue;
      day.unseen = await addNamed(trx, day.place, day.unseen, named);
    }
  }
  return [...days.values()].map(({ place }) => place);
}

function namedKinds({ named }: UsageDelta): readonly UsageKind[] {
  return named === undefined ? [] : USAGE_KINDS.filter((kind) => named[kind] !== undefined);
}

const nameOf = ({ project_id, kind, day }: Place): string => `${project_id} ${kind} ${day}`;

/** Locks the project against deletion, and against rotation where the previous secret matters. */
function lockedProject(trx: Transaction<Database>, delta: UsageDelta) {
  const found = liveProjects(trx)
    .select(['id', 'used_bytes', 'image_count', 'rotated_at'])
    .where('name', '=', delta.project);
  const locked = delta.previousSecret === undefined ? found.forKeyShare() : found.forShare();
  return locked.executeTakeFirst();
}

async function addHour(
  trx: Transaction<Database>,
  delta: UsageDelta,
  project: NonNullable<Awaited<ReturnType<typeof lockedProject>>>,
): Promise<void> {
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
}

/** Late counts from before the last rotation belong to another secret. */
function previousOf({ previousSecret }: UsageDelta, rotatedAt: number | null) {
  const counts =
    previousSecret !== undefined && rotatedAt !== null && previousSecret.lastAt >= rotatedAt;
  return counts ? previousSecret : { reads: 0, lastAt: null };
}

/** Deletes rows before a time, except for the last one, which has the stored bytes from then on. */
export async function deleteOldHours(db: Kysely<Database>, projectId: string, before: number) {
  await db
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

/** Counts by column; absent counts are 0. */
function toColumns(counts: Partial<UsageCounts>): UsageCountColumns {
  return fill(COUNTS.map((count) => [COLUMNS[count], counts[count] ?? 0]));
}

/** Counts of a row; absent columns are 0. */
export function toCounts(row: Partial<UsageCountColumns>): UsageCounts {
  return fill(COUNTS.map((count) => [count, row[COLUMNS[count]] ?? 0]));
}

function fill<K extends string>(entries: readonly (readonly [K, number])[]): Record<K, number> {
  return Object.fromEntries(entries) as Record<K, number>;
}
