import {
  type ImageQuery,
  type ImageRecord,
  type ImageRecords,
  InvalidCursorError,
} from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import { toRecord } from './image-rows.js';
import { liveProjects } from './projects.js';
import type { Database } from './schema.js';

const MAX_PAGE = 1000;
const MAX_KEY_PART = 64;
/** Where the name begins in a key, counted from 1: ten random characters and a dash stand before it. */
const NAME_AT = 12;
/** A shorter text is found in names alone: random characters would have it by chance. */
const MIN_BEGINNING = 6;

/** One page at a time of a project's images. */
export function createImagePages(db: Kysely<Database>): ImageRecords['list'] {
  return async (project, query) => {
    checkBounds(query);
    // The rows of a page are found in an index alone: most that a filter goes past are never read.
    const page = placesOf(db, project, query).as('page');
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

/** Places of one page's images and of the next. */
function placesOf(db: Kysely<Database>, project: string, query: ImageQuery) {
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
    // Keys have no capital letters, and of the databases one alone looks past the case.
    const lower = keyPart.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const escaped = lower.replace(/[\\%_]/g, '\\$&');
    const isNamed = sql<boolean>`substr(key, ${sql.lit(NAME_AT)}) LIKE ${`%${escaped}%`} ESCAPE '\\'`;
    const begins = sql<boolean>`key LIKE ${`${escaped}%`} ESCAPE '\\'`;
    places = places.where(
      lower.length < MIN_BEGINNING ? isNamed : sql<boolean>`(${isNamed} OR ${begins})`,
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
  // Node reads over what is no base64url: only the one text that we write for a place is a cursor.
  if (place === null || writeCursor(place) !== cursor) {
    throw new InvalidCursorError();
  }
  return place;
}
