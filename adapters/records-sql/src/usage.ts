import type { UsageDay, UsageRecords } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { liveProjects } from './projects.js';
import type { Database } from './schema.js';
import { DAY, hourOf, minuteOf } from './times.js';
import { inOrder, transact } from './transact.js';
import { addDeltas } from './usage-add.js';
import { COLUMNS, COUNTS, toCounts } from './usage-columns.js';

const MAX_DAYS = 90;
/** Usage as a row for each project and hour in which something happened. */
export function createUsageRecords(db: Kysely<Database>): UsageRecords {
  return {
    add: (deltas) => transact(db, (trx) => addDeltas(trx, deltas)),

    async days(projectId, days, now) {
      if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
        throw new RangeError(`days must be 1 to ${MAX_DAYS}`);
      }
      const today = Math.floor(now / DAY);
      const first = today - days + 1;
      const project = await liveProjects(db)
        .select(['used_bytes', 'image_count'])
        .where('id', '=', projectId)
        .executeTakeFirst();
      const counts = await countsByDay(db, projectId, first * DAY);
      const stored = await storedByDay(db, projectId);
      let latest = stored.filter(({ day }) => day < first).at(-1);
      return Array.from({ length: days }, (_, n): UsageDay => {
        const day = first + n;
        latest = stored.find((row) => row.day === day) ?? latest;
        const isToday = day === today && project !== undefined;
        return {
          date: new Date(day * DAY).toISOString().slice(0, 10),
          counts: counts.get(day) ?? toCounts({}),
          storedBytes: isToday ? project.used_bytes : (latest?.stored_bytes ?? 0),
          storedImages: isToday ? project.image_count : (latest?.stored_images ?? 0),
        };
      });
    },

    async previousSecretReads(projectId, since) {
      const row = await db
        .selectFrom('usage_hours')
        .select((eb) => [
          eb.fn.sum<number | null>('previous_secret_reads').as('reads'),
          eb.fn.max('previous_secret_last_at').as('last_at'),
        ])
        .where('project_id', '=', projectId)
        .where('hour', '>=', hourOf(since))
        .executeTakeFirst();
      return { reads: row?.reads ?? 0, lastAt: row?.last_at ?? null };
    },

    recordKeyUse: (uses) =>
      transact(db, async (trx) => {
        for (const [id, time] of inOrder(uses, ([id]) => id)) {
          const minute = minuteOf(time);
          await trx
            .updateTable('secret_keys')
            .set({ last_used_at: minute })
            .where('id', '=', id)
            .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', minute)]))
            .execute();
        }
      }),
  };
}

async function countsByDay(db: Kysely<Database>, projectId: string, from: number) {
  const rows = await db
    .selectFrom('usage_hours')
    .select((eb) => [
      eb('hour', '/', DAY).as('day'),
      ...COUNTS.map((name) => eb.fn.sum<number>(COLUMNS[name]).as(COLUMNS[name])),
    ])
    .where('project_id', '=', projectId)
    .where('hour', '>=', from)
    .groupBy('day')
    .execute();
  return new Map(rows.map(({ day, ...sums }) => [day, toCounts(sums)]));
}

/** What each day's last row says that was stored, oldest first. */
function storedByDay(db: Kysely<Database>, projectId: string) {
  return db
    .selectFrom('usage_hours')
    .select((eb) => [eb('hour', '/', DAY).as('day'), 'stored_bytes', 'stored_images'])
    .where('project_id', '=', projectId)
    .where('hour', 'in', (eb) =>
      eb
        .selectFrom('usage_hours')
        .select((max) => max.fn.max('hour').as('hour'))
        .where('project_id', '=', projectId)
        .groupBy((day) => day('hour', '/', DAY)),
    )
    .orderBy('hour')
    .execute();
}
