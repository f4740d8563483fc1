import type { Focus, ImageRecord, NewImage } from '@auraimage/ports';
import type { Selectable } from 'kysely';
import type { Database } from './schema.js';

type Row = Selectable<Database['images']>;

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
    createdAt: row.created_at,
  };
}

function toFocus({ focus_auto, focus_face }: Row): ImageRecord['focus'] {
  return {
    ...(focus_auto === null ? {} : { auto: JSON.parse(focus_auto) as Focus }),
    ...(focus_face === null ? {} : { face: JSON.parse(focus_face) as Focus }),
  };
}

/** What a new image's row begins as. */
export function toRow(projectId: string, image: NewImage): Row {
  return {
    project_id: projectId,
    key: image.key,
    visibility: image.visibility,
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
    version: 1,
    created_at: image.createdAt,
  };
}
