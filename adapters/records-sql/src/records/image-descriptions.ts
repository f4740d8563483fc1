import type { FocusKind, ImageRecords } from '@auraimage/ports';
import type { Point } from '@auraimage/protocol';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addImageEntry, ownedRowAt, toRecord } from './image-rows.js';

const FOCUS_COLUMNS = { auto: 'focus_auto', face: 'focus_face' } as const satisfies Record<
  FocusKind,
  keyof Database['images']
>;

/** Changes of what describes a picture. None changes the version. */
export function createImageDescriptions(
  db: Kysely<Database>,
): Pick<ImageRecords, 'setMetadata' | 'setFocalPoint' | 'setFocus'> {
  return {
    setMetadata: (address, metadata, origin) =>
      transact(db, async (trx) => {
        const row = await ownedRowAt(trx, address).forUpdate('images').executeTakeFirst();
        if (row === undefined) return null;
        const text = JSON.stringify(metadata);
        if (text === row.metadata) return toRecord(address.project, row);
        await trx
          .updateTable('images')
          .set({ metadata: text })
          .where('project_id', '=', row.project_id)
          .where('key', '=', row.key)
          .execute();
        const details = { pairs: Object.keys(metadata).length };
        await addImageEntry(trx, row, address, origin, 'image.metadata_changed', details);
        return toRecord(address.project, { ...row, metadata: text });
      }),

    setFocalPoint: (address, point, origin) =>
      transact(db, async (trx) => {
        const row = await ownedRowAt(trx, address).forUpdate('images').executeTakeFirst();
        if (row === undefined) return null;
        const before = toRecord(address.project, row).focalPoint;
        if (point?.x === before?.x && point?.y === before?.y) return toRecord(address.project, row);
        const focal_point = point === null ? null : JSON.stringify({ x: point.x, y: point.y });
        const focal_point_changes = row.focal_point_changes + 1;
        await trx
          .updateTable('images')
          .set({ focal_point, focal_point_changes })
          .where('project_id', '=', row.project_id)
          .where('key', '=', row.key)
          .execute();
        const details = { from: pointText(before), to: pointText(point) };
        await addImageEntry(trx, row, address, origin, 'image.focus_changed', details);
        return toRecord(address.project, { ...row, focal_point, focal_point_changes });
      }),

    async setFocus({ project, key, objectId }, kind, focus) {
      await db
        .updateTable('images')
        .set({ [FOCUS_COLUMNS[kind]]: JSON.stringify(focus) })
        .where('project_id', '=', (eb) =>
          eb
            .selectFrom('projects')
            .select('id')
            .where('name', '=', project)
            .where('deleting_since', 'is', null),
        )
        .where('key', '=', key)
        .where('object_id', '=', objectId)
        .execute();
    },
  };
}

function pointText(point: Point | null): string | null {
  return point === null ? null : `${point.x}, ${point.y}`;
}
