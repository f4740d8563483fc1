import {
  MAX_NAMED,
  NAMED_DAYS,
  StorageFullError,
  StorageUnavailableError,
  type UsageDay,
  type UsageRecords,
} from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.js';
import { inOrder, transact } from '../database/transaction.js';
import { busiestNames, deleteOldNamed, trimNamed } from './named-usage.js';
import { liveProjects } from './projects.js';
import { addDeltas, COLUMNS, COUNTS, deleteOldHours, hourOf, toCounts } from './usage-hours.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Start of a minute: last uses are stored to the minute, which limits the number of writes. */
export const minuteOf = (time: number): number => time - (time % MINUTE);

const MAX_DAYS = 90;
/** Older rows are deleted, because spans have at most 90 days. */
const KEPT_DAYS = 91;

/** Usage, a row per project and hour with activity. */
export function createUsageRecords(db: Kysely<Database>): UsageRecords {
  return {
    async add(deltas) {
      const days = await transact(db, (trx) => addDeltas(trx, deltas));
      try {
        for (const day of days) await trimNamed(db, day);
      } catch (error) {
        // The counts are added, and must not be once more. The next addition tries again.
        if (!(error instanceof StorageFullError || error instanceof StorageUnavailableError)) {
          throw error;
        }
      }
    },

    async days(projectId, days, now) {
      const { first, today } = spanOf(days, now);
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

    async readsByDay(projectIds, days, now) {
      const { first, today } = spanOf(days, now);
      const lists = new Map<string, number[]>();
      if (projectIds.length === 0) return lists;
      const rows = await db
        .selectFrom('usage_hours')
        .select((eb) => [
          'project_id',
          eb('hour', '/', DAY).as('day'),
          eb.fn.sum<number>('reads_ok').as('ok'),
          eb.fn.sum<number>('reads_not_modified').as('not_modified'),
        ])
        .where('project_id', 'in', projectIds)
        .where('hour', '>=', first * DAY)
        .where('hour', '<', (today + 1) * DAY)
        .groupBy(['project_id', 'day'])
        .execute();
      for (const { project_id: id, day, ok, not_modified } of rows) {
        const list = lists.get(id) ?? new Array<number>(days).fill(0);
        list[day - first] = ok + not_modified;
        lists.set(id, list);
      }
      return lists;
    },

    async busiest(projectId, kind, days, limit, now) {
      const span = spanOf(days, now, NAMED_DAYS);
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_NAMED) {
        throw new RangeError(`limit must be 1 to ${MAX_NAMED}`);
      }
      return busiestNames(db, projectId, kind, span, limit);
    },

    async removeOld(now, signal) {
      // Per project, because the keys of both tables begin with it.
      const projects = await db.selectFrom('projects').select('id').execute();
      for (const { id } of projects) {
        if (signal?.aborted) return;
        await deleteOldHours(db, id, hourOf(now) - KEPT_DAYS * DAY);
        await deleteOldNamed(db, id, now);
      }
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

/** The first and last day of a span that ends today, in days since 1970. */
function spanOf(days: number, now: number, most = MAX_DAYS) {
  if (!Number.isInteger(days) || days < 1 || days > most) {
    throw new RangeError(`days must be 1 to ${most}`);
  }
  const today = Math.floor(now / DAY);
  return { first: today - days + 1, today };
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

/** What was stored at the end of each day with usage, oldest first. */
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
