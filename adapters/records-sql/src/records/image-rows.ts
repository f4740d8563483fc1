import type {
  AuditAction,
  ChangeOrigin,
  Focus,
  ImageRecord,
  NewAuditEntry,
  NewImage,
  ProjectEvent,
} from '@auraimage/ports';
import type { ImageAddress } from '@auraimage/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Database } from '../database/schema.js';
import { addAuditEntry } from './audit.js';
import { liveProjects } from './projects.js';
import { searchTextOf } from './search.js';
import { hasWebhooks, type NewEvent } from './webhook-events.js';

export type Row = Selectable<Database['images']>;

/** Shared by most records. */
const NO_METADATA: ImageRecord['metadata'] = Object.freeze({});

export function toRecord(project: string, row: Row): ImageRecord {
  return {
    project,
    key: row.key,
    visibility: row.visibility,
    type: row.type,
    size: row.size,
    width: row.width,
    height: row.height,
    frames: row.frames,
    hasAlpha: row.has_alpha === 1,
    blurhash: row.blurhash,
    focus: toFocus(row),
    focalPoint: row.focal_point === null ? null : JSON.parse(row.focal_point),
    focalPointChanges: row.focal_point_changes,
    sha256: row.sha256,
    objectId: row.object_id,
    linksRevokedAt: row.links_revoked_at,
    version: row.version,
    fileName: row.file_name,
    metadata: row.metadata === '{}' ? NO_METADATA : JSON.parse(row.metadata),
    createdAt: row.created_at,
  };
}

function toFocus({ focus_auto, focus_face }: Row): ImageRecord['focus'] {
  return {
    ...(focus_auto === null ? {} : { auto: JSON.parse(focus_auto) as Focus }),
    ...(focus_face === null ? {} : { face: JSON.parse(focus_face) as Focus }),
  };
}

/** The row of a new image. */
export function toRow(projectId: string, image: NewImage): Row {
  return {
    project_id: projectId,
    key: image.key,
    visibility: image.visibility ?? 'public',
    type: image.type,
    size: image.size,
    width: image.width,
    height: image.height,
    frames: image.frames,
    has_alpha: image.hasAlpha ? 1 : 0,
    blurhash: image.blurhash,
    focus_auto: null,
    focus_face: null,
    focal_point: null,
    focal_point_changes: 0,
    sha256: image.sha256,
    object_id: image.objectId,
    links_revoked_at: null,
    links_revoked_rotations: 0,
    version: 1,
    file_name: image.fileName,
    metadata: JSON.stringify(image.metadata ?? {}),
    search: searchTextOf(image),
    created_at: image.createdAt,
  };
}

/**
 * What replaces the row of an image that has the key of a new one. It keeps what belongs to the key: the revoked
 * links, and the visibility and the metadata unless the new image names them. The focal point belongs to the picture.
 */
export function toReplacement(previous: Row, image: NewImage): Row {
  const row = toRow(previous.project_id, image);
  return {
    ...row,
    visibility: image.visibility ?? previous.visibility,
    metadata: image.metadata === undefined ? previous.metadata : row.metadata,
    links_revoked_at: previous.links_revoked_at,
    links_revoked_rotations: previous.links_revoked_rotations,
    focal_point_changes: previous.focal_point_changes,
    version: previous.version + 1,
  };
}

function rowAt(db: Kysely<Database>, { project, key }: ImageAddress) {
  return liveProjects(db)
    .innerJoin('images', 'images.project_id', 'projects.id')
    .selectAll('images')
    .where('projects.name', '=', project)
    .where('images.key', '=', key);
}

/** The row, with the account that its changes are audited for, and whether anybody may get their events. */
export function ownedRowAt(trx: Transaction<Database>, address: ImageAddress) {
  return rowAt(trx, address).select(['projects.account_id', hasWebhooks]);
}

/** The row of an image, locked until the transaction ends. */
export function lockedRow(
  trx: Transaction<Database>,
  projectId: string,
  key: string,
): Promise<Row | undefined> {
  return trx
    .selectFrom('images')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateRow(trx: Transaction<Database>, from: Row, to: Row): Promise<void> {
  await trx
    .updateTable('images')
    .set(to)
    .where('project_id', '=', from.project_id)
    .where('key', '=', from.key)
    .execute();
}

/** Adds the audit entry of an image's change, in the change's own transaction. */
export async function addImageEntry(
  trx: Transaction<Database>,
  row: { readonly account_id: string; readonly project_id: string },
  { project, key }: ImageAddress,
  { actor, address }: ChangeOrigin,
  action: AuditAction,
  details: NewAuditEntry['details'],
): Promise<void> {
  const entry = {
    accountId: row.account_id,
    actor,
    action,
    project,
    target: key,
    details,
    address,
  };
  await addAuditEntry(trx, entry, row.project_id, Date.now());
}

/** The event of a change of an image, with what the image is afterwards; for a deletion, what it was. */
export function imageEvent(
  type: ProjectEvent['type'],
  project: string,
  row: Row,
  more: ProjectEvent['data'] = {},
): NewEvent {
  return {
    type,
    key: row.key,
    data: {
      project,
      key: row.key,
      visibility: row.visibility,
      type: row.type,
      size: row.size,
      width: row.width,
      height: row.height,
      sha256: row.sha256,
      version: row.version,
      fileName: row.file_name,
      metadata: JSON.parse(row.metadata),
      ...more,
    },
  };
}
