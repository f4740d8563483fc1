import type { ObjectRow, ObjectRows } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.js';

/**
 * Image records by object, on the database of open records.
 *
 * @example
 * const rows = createObjectRows(records.kysely);
 * const page = await rows.after('', 1000);
 */
export function createObjectRows(kysely: Kysely<unknown>): ObjectRows {
  const db = kysely.withTables<Database>();
  const query = () =>
    db
      .selectFrom('images')
      .innerJoin('projects', 'projects.id', 'images.project_id')
      .select([
        'images.object_id',
        'images.key',
        'images.size',
        'images.sha256',
        'projects.name',
        'projects.deleting_since',
      ]);
  return {
    async after(id, limit) {
      const rows = await query()
        .where('images.object_id', '>', id)
        .orderBy('images.object_id')
        .limit(limit)
        .execute();
      return rows.map(toObjectRow);
    },

    async naming(ids) {
      if (ids.length === 0) return [];
      const rows = await query().where('images.object_id', 'in', ids).execute();
      return rows.map(toObjectRow);
    },

    async totals() {
      const { images, bytes } = await db
        .selectFrom('images')
        .select(({ fn }) => [fn.countAll().as('images'), fn.sum('size').as('bytes')])
        .executeTakeFirstOrThrow();
      return { images: Number(images), bytes: Number(bytes ?? 0) };
    },
  };
}

function toObjectRow(row: {
  object_id: string;
  key: string;
  size: number;
  sha256: string;
  name: string;
  deleting_since: number | null;
}): ObjectRow {
  return {
    objectId: row.object_id,
    project: row.name,
    key: row.key,
    size: row.size,
    sha256: row.sha256,
    isProjectDeleting: row.deleting_since !== null,
  };
}
