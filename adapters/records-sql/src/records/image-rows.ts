import type { Focus, ImageRecord, NewImage } from '@auraimage/ports';
import type { Selectable } from 'kysely';
import type { Database } from '../database/schema.js';
import { searchTextOf } from './search.js';

type Row = Selectable<Database['images']>;

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
 * links, and the visibility and the metadata unless the new image names them.
 */
export function toReplacement(previous: Row, image: NewImage): Row {
  const row = toRow(previous.project_id, image);
  return {
    ...row,
    visibility: image.visibility ?? previous.visibility,
    metadata: image.metadata === undefined ? previous.metadata : row.metadata,
    links_revoked_at: previous.links_revoked_at,
    links_revoked_rotations: previous.links_revoked_rotations,
    version: previous.version + 1,
  };
}
