import {
  type Focus,
  type ImageQuery,
  type ImageRecord,
  type ImageRecords,
  InvalidCursorError,
  type NewImage,
} from '@auraimage/ports';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from '../database/schema.js';
import { liveProjects } from './projects.js';

const MAX_PAGE = 1000;
const MAX_KEY_PART = 64;
/** Start of the name in a key, counted from 1, after ten random characters and a dash. */
const NAME_AT = 12;
/** Shorter texts match names only: the random characters would match them by chance. */
const MIN_PREFIX = 6;

/** Lists a project's images, a page at a time. */
export function createImagePages(db: Kysely<Database>): ImageRecords['list'] {
  return async (project, query) => {
    checkBounds(query);
    // Finds the page in an index first, so that rows that the filter skips are never read.
    const page = pageOf(db, project, query).as('page');
    const rows = await db
      .selectFrom(page)
      .innerJoin('images', (join) =>
        join
          .onRef('images.project_id', '=', 'page.project_id')
          .onRef('images.key', '=', 'page.key'),
      )
      .selectAll('images')
      .orderBy('page.created_at', 'desc')
      .orderBy('page.key', 'desc')
      .execute();
    const images = rows.slice(0, query.limit).map((row) => toRecord(project, row));
    const last = images.at(-1);
    return { images, cursor: rows.length > query.limit && last ? writeCursor(last) : null };
  };
}

/** Index entries of a page, and of one more image. */
function pageOf(db: Kysely<Database>, project: string, query: ImageQuery) {
  const { limit, cursor, keyPart, visibility, sha256 } = query;
  let places = db
    .selectFrom('images')
    .select(['project_id', 'key', 'created_at'])
    .where('project_id', '=', liveProjects(db).select('id').where('name', '=', project))
    .orderBy('created_at', 'desc')
    .orderBy('key', 'desc')
    .limit(limit + 1);
  if (visibility !== undefined) places = places.where('visibility', '=', visibility);
  if (sha256 !== undefined) places = places.where('sha256', '=', sha256);
  if (keyPart !== undefined) {
    // Keys have no capital letters, and LIKE ignores the case only in SQLite.
    const lower = keyPart.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const escaped = lower.replace(/[\\%_]/g, '\\$&');
    const isNamed = sql<boolean>`substr(key, ${sql.lit(NAME_AT)}) LIKE ${`%${escaped}%`} ESCAPE '\\'`;
    const begins = sql<boolean>`key LIKE ${`${escaped}%`} ESCAPE '\\'`;
    places = places.where(
      lower.length < MIN_PREFIX ? isNamed : sql<boolean>`(${isNamed} OR ${begins})`,
    );
  }
  if (cursor !== undefined) {
    const { createdAt, key } = readCursor(cursor);
    places = places.where(sql<boolean>`(created_at, key) < (${createdAt}, ${key})`);
  }
  return places;
}

function checkBounds({ limit, keyPart }: ImageQuery): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
  }
  if (keyPart !== undefined && (keyPart.length < 1 || keyPart.length > MAX_KEY_PART)) {
    throw new RangeError(`keyPart must have 1 to ${MAX_KEY_PART} characters`);
  }
}

function writeCursor({ createdAt, key }: Pick<ImageRecord, 'createdAt' | 'key'>): string {
  return Buffer.from(`${createdAt} ${key}`).toString('base64url');
}

function readCursor(cursor: string): { createdAt: number; key: string } {
  const text = cursor.length <= 256 ? Buffer.from(cursor, 'base64url').toString() : '';
  const match = /^(\d{1,15}) ([a-z0-9.-]{1,128})$/.exec(text);
  const place = match && { createdAt: Number(match[1]), key: match[2] ?? '' };
  // Node ignores invalid base64url characters. Only the exact text that writeCursor creates is a cursor.
  if (place === null || writeCursor(place) !== cursor) {
    throw new InvalidCursorError();
  }
  return place;
}

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

/** The row of a new image. */
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
    links_revoked_rotations: 0,
    version: 1,
    created_at: image.createdAt,
  };
}
