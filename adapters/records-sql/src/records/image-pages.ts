import {
  type ImageQuery,
  type ImageRecord,
  type ImageRecords,
  InvalidCursorError,
} from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { toRecord } from './image-rows.js';
import { liveProjects } from './projects.js';
import { searchForms } from './search.js';

const MAX_PAGE = 1000;
const MAX_SEARCH = 64;
/** Shorter texts match names only: the random characters would match them by chance. */
const MIN_PREFIX = 6;

/** Where an image is in a list. */
type Place = Pick<ImageRecord, 'createdAt' | 'key'>;

/** A query of the images down to a place. */
export type PartQuery = ImageQuery & { readonly until?: Place };

/** Lists a project's images, a page at a time. */
export function createImagePages(
  db: Kysely<Database>,
  connection: Pick<SqlConnection, 'placeIn'>,
): (project: string, query: PartQuery) => ReturnType<ImageRecords['list']> {
  return async (project, query) => {
    checkBounds(query);
    // Finds the page in an index first, so that rows that the filter skips are never read.
    const page = pageOf(db, connection, project, query).as('page');
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
function pageOf(
  db: Kysely<Database>,
  { placeIn }: Pick<SqlConnection, 'placeIn'>,
  project: string,
  query: PartQuery,
) {
  const { limit, cursor, until, search, visibility, sha256 } = query;
  let places = db
    .selectFrom('images')
    .select(['project_id', 'key', 'created_at'])
    .where('project_id', '=', liveProjects(db).select('id').where('name', '=', project))
    .orderBy('created_at', 'desc')
    .orderBy('key', 'desc')
    .limit(limit + 1);
  if (visibility !== undefined) places = places.where('visibility', '=', visibility);
  if (sha256 !== undefined) places = places.where('sha256', '=', sha256);
  if (search !== undefined) {
    const matches = searchForms(search).map(
      (form) => sql<boolean>`${placeIn(sql`search`, form)} > 0`,
    );
    if (search.length >= MIN_PREFIX) {
      matches.push(sql<boolean>`${placeIn(sql`key`, search)} = 1`);
    }
    places = places.where((eb) => eb.or(matches));
  }
  if (cursor !== undefined) {
    const { createdAt, key } = readCursor(cursor);
    places = places.where(sql<boolean>`(created_at, key) < (${createdAt}, ${key})`);
  }
  if (until !== undefined) {
    places = places.where(sql<boolean>`(created_at, key) >= (${until.createdAt}, ${until.key})`);
  }
  return places;
}

function checkBounds({ limit, search }: ImageQuery): void {
  checkLimit(limit);
  if (search !== undefined && (search.length < 1 || search.length > MAX_SEARCH)) {
    throw new RangeError(`search must have 1 to ${MAX_SEARCH} characters`);
  }
}

/** @throws {RangeError} unless it is a whole number from 1 to 1000 */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
  }
}

export function writeCursor({ createdAt, key }: Place): string {
  return Buffer.from(`${createdAt} ${key}`).toString('base64url');
}

export function readCursor(cursor: string): Place {
  const text = cursor.length <= 512 ? Buffer.from(cursor, 'base64url').toString() : '';
  const match = /^(\d{1,15}) ([A-Za-z0-9._~/-]{1,255})$/.exec(text);
  const place = match && { createdAt: Number(match[1]), key: match[2] ?? '' };
  // Node ignores invalid base64url characters. Only the exact text that writeCursor creates is a cursor.
  if (place === null || writeCursor(place) !== cursor) {
    throw new InvalidCursorError();
  }
  return place;
}
