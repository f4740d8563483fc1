import type { ImageRecords } from '@auraimage/ports';
import { isGeneratedKey } from '@auraimage/protocol';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { createFoundImages } from './found-images.js';
import { createImageDescriptions } from './image-descriptions.js';
import { createImageFolders } from './image-folders.js';
import { createImagePages } from './image-pages.js';
import {
  addImageEntry,
  imageEvent,
  lockedRow,
  ownedRowAt,
  type Row,
  toRecord,
  toReplacement,
  toRow,
  updateRow,
} from './image-rows.js';
import { createImageSearch } from './image-search.js';
import { isInPresetFolder } from './presets.js';
import { liveProjects } from './projects.js';
import { addUsage, QUOTA_COLUMNS, updateQuotaMark } from './quota-marks.js';
import { searchTextOf } from './search.js';
import { type EventWriter, hasWebhooks } from './webhook-events.js';

/** Images as rows of one table, by project and key. */
export function createImageRecords(
  db: Kysely<Database>,
  cipher: SecretCipher,
  connection: SqlConnection,
  events: EventWriter,
): ImageRecords {
  const { withReserve } = connection;

  return {
    ...createFoundImages(db, cipher, connection),

    insert: (image, replace) =>
      events.transact(async (trx, { emit }) => {
        // Locked, so that insertions and renames of a project wait for each other.
        const project = await liveProjects(trx)
          .select([...QUOTA_COLUMNS, 'account_id', hasWebhooks])
          .where('name', '=', image.project)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (project?.id !== image.projectId) return 'project_missing';
        const previous = await lockedRow(trx, project.id, image.key);
        if (previous !== undefined && replace === undefined) return 'name_taken';
        if (await isInPresetFolder(trx, project.id, image.key)) return 'name_reserved';
        const added = image.size - (previous?.size ?? 0);
        const used = project.used_bytes + added;
        if (added > 0 && project.quota_bytes !== null && used > project.quota_bytes) {
          await updateQuotaMark(trx, emit, project, { wasRefused: true });
          return 'quota_exceeded';
        }
        const images = previous === undefined ? 1 : 0;
        await addUsage(trx, emit, project, { bytes: added, images });
        const owner = { account_id: project.account_id, project_id: project.id };
        if (previous === undefined || replace === undefined) {
          const row = await withRevocation(trx, toRow(project.id, image));
          await trx.insertInto('images').values(row).execute();
          if (image.uploadedBy !== undefined) {
            const details = { visibility: row.visibility, size: row.size };
            await addImageEntry(trx, owner, image, image.uploadedBy, 'image.uploaded', details);
          }
          if (project.has_webhooks) {
            emit(project.id, imageEvent('image.uploaded', image.project, row));
          }
          return { image: toRecord(image.project, row), replaced: null };
        }
        const row = toReplacement(previous, image);
        await updateRow(trx, previous, row);
        const details = {
          visibility: row.visibility,
          previousVisibility: previous.visibility,
          previousSha256: previous.sha256,
        };
        await addImageEntry(trx, owner, image, replace, 'image.replaced', details);
        if (project.has_webhooks) {
          const before = { previousVisibility: previous.visibility };
          emit(project.id, imageEvent('image.replaced', image.project, row, before));
        }
        return {
          image: toRecord(image.project, row),
          replaced: toRecord(image.project, previous),
        };
      }),

    rename: (address, key, origin) =>
      events.transact(async (trx, { emit }) => {
        const project = await liveProjects(trx)
          .select(['id', 'account_id', hasWebhooks])
          .where('name', '=', address.project)
          .forNoKeyUpdate()
          .executeTakeFirst();
        const row = project && (await lockedRow(trx, project.id, address.key));
        if (project === undefined || row === undefined) return null;
        if (key === row.key) return toRecord(address.project, row);
        if ((await lockedRow(trx, project.id, key)) !== undefined) return 'name_taken';
        if (await isInPresetFolder(trx, project.id, key)) return 'name_reserved';
        const search = searchTextOf({ key, fileName: row.file_name });
        const moved = { ...row, key, search, version: row.version + 1 };
        const renamed = await withRevocation(trx, moved);
        await updateRow(trx, row, renamed);
        await keepRevocation(trx, row);
        const owner = { account_id: project.account_id, project_id: project.id };
        const details = { from: address.key, to: key };
        await addImageEntry(trx, owner, { ...address, key }, origin, 'image.renamed', details);
        if (project.has_webhooks) {
          const previousKey = address.key;
          const event = imageEvent('image.renamed', address.project, renamed, { previousKey });
          emit(project.id, { ...event, previousKey });
        }
        return toRecord(address.project, renamed);
      }),

    setVisibility: (address, visibility, origin, check) =>
      withReserve(() =>
        events.transact(async (trx, { emit }) => {
          const found = await ownedRowAt(trx, address).forUpdate('images').executeTakeFirst();
          await check?.();
          if (found === undefined || found.visibility === visibility) {
            return found === undefined ? null : toRecord(address.project, found);
          }
          const row = { ...found, visibility, version: found.version + 1 };
          await trx
            .updateTable('images')
            .set({ visibility, version: row.version })
            .where('project_id', '=', found.project_id)
            .where('key', '=', found.key)
            .execute();
          const details = { from: found.visibility, to: visibility };
          await addImageEntry(trx, found, address, origin, 'image.visibility_changed', details);
          if (found.has_webhooks) {
            const before = { previousVisibility: found.visibility };
            emit(found.project_id, imageEvent('image.visibility', address.project, row, before));
          }
          return toRecord(address.project, row);
        }),
      ),

    remove: (address, origin) =>
      withReserve(() =>
        events.transact(async (trx, { emit }) => {
          const row = await ownedRowAt(trx, address)
            .select(['projects.used_bytes', 'projects.quota_bytes', 'projects.quota_mark'])
            .forNoKeyUpdate()
            .executeTakeFirst();
          if (row === undefined) return null;
          await trx
            .deleteFrom('images')
            .where('project_id', '=', row.project_id)
            .where('key', '=', row.key)
            .execute();
          await keepRevocation(trx, row);
          const project = { ...row, id: row.project_id, name: address.project };
          await addUsage(trx, emit, project, { bytes: -row.size, images: -1 });
          const details = { visibility: row.visibility, size: row.size };
          await addImageEntry(trx, row, address, origin, 'image.deleted', details);
          if (row.has_webhooks) {
            emit(row.project_id, imageEvent('image.deleted', address.project, row));
          }
          return toRecord(address.project, row);
        }),
      ),

    revokeLinks: (address, before, origin) =>
      withReserve(() =>
        events.transact(async (trx, { emit }) => {
          const row = await ownedRowAt(trx, address)
            .select('projects.rotations')
            // A rotation waits for this commit, so that its new secret signed none of the revoked links.
            .forShare('projects')
            .forUpdate('images')
            .executeTakeFirst();
          if (row === undefined) return null;
          const links_revoked_at = Math.max(before, row.links_revoked_at ?? 0);
          await trx
            .updateTable('images')
            .set({ links_revoked_at, links_revoked_rotations: row.rotations })
            .where('project_id', '=', row.project_id)
            .where('key', '=', row.key)
            .execute();
          const details = { linksRevokedAt: new Date(links_revoked_at * 1000).toISOString() };
          await addImageEntry(trx, row, address, origin, 'image.links_revoked', details);
          if (row.has_webhooks) {
            emit(row.project_id, imageEvent('image.links_revoked', address.project, row, details));
          }
          return toRecord(address.project, { ...row, links_revoked_at });
        }),
      ),

    async versionsOf(objectIds) {
      if (objectIds.length === 0) return [];
      const rows = await liveProjects(db)
        .innerJoin('images', 'images.project_id', 'projects.id')
        .select(['images.object_id', 'images.visibility', 'images.version'])
        .where('images.object_id', 'in', objectIds)
        .execute();
      return rows.map(({ object_id: objectId, visibility, version }) => ({
        objectId,
        visibility,
        version,
      }));
    },

    ...createImageDescriptions(db),
    list: createImageSearch(db, createImagePages(db, connection)),
    listFolder: createImageFolders(db, connection),

    async ping() {
      await sql`SELECT 1`.execute(db);
    },
  };
}

/**
 * Keeps the revocation of a key that its image gives up: tokens from before may still be out when another image gets
 * the key. A generated key is never used again.
 */
async function keepRevocation(trx: Transaction<Database>, row: Row): Promise<void> {
  const { project_id, key, links_revoked_at, links_revoked_rotations } = row;
  if (links_revoked_at === null || isGeneratedKey(key)) return;
  await trx
    .insertInto('revoked_names')
    .values({ project_id, key, links_revoked_at, links_revoked_rotations })
    .execute();
}

/** The row of an image that gets its key, with the revocation that was kept for the key. */
async function withRevocation(trx: Transaction<Database>, row: Row): Promise<Row> {
  if (isGeneratedKey(row.key)) return row;
  const kept = await trx
    .selectFrom('revoked_names')
    .select(['links_revoked_at', 'links_revoked_rotations'])
    .where('project_id', '=', row.project_id)
    .where('key', '=', row.key)
    .forUpdate()
    .executeTakeFirst();
  if (kept === undefined) return row;
  await trx
    .deleteFrom('revoked_names')
    .where('project_id', '=', row.project_id)
    .where('key', '=', row.key)
    .execute();
  return {
    ...row,
    links_revoked_at: Math.max(kept.links_revoked_at, row.links_revoked_at ?? 0),
    links_revoked_rotations: Math.max(kept.links_revoked_rotations, row.links_revoked_rotations),
  };
}
