import type { ImageQuery, ImageRecord, ImageRecords } from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.js';
import { type PartQuery, readCursor, writeCursor } from './image-pages.js';
import { liveProjects } from './projects.js';

/** Images that one query searches: SQLite takes some ten milliseconds for them, in which nothing else runs. */
const PART = 50_000;
/** Images of the first part, since most texts are found soon, and the end of a part costs its length. */
const FIRST = 1000;

/**
 * Searches a large project part by part. A text that no image has is looked for in every entry of an index; between two
 * parts, the process answers others, and no query takes so long that the database ends it.
 *
 * @param list lists images, also those of a search
 */
export function createImageSearch(
  db: Kysely<Database>,
  list: (project: string, query: PartQuery) => ReturnType<ImageRecords['list']>,
  part = PART,
): ImageRecords['list'] {
  /** The last image of a part, or `undefined` if fewer images are left. */
  async function endOf(
    projectId: string,
    { visibility, sha256, cursor }: ImageQuery,
    size: number,
  ) {
    let places = db
      .selectFrom('images')
      .select(['created_at as createdAt', 'key'])
      .where('project_id', '=', projectId)
      .orderBy('created_at', 'desc')
      .orderBy('key', 'desc')
      .limit(1)
      .offset(size - 1);
    if (visibility !== undefined) places = places.where('visibility', '=', visibility);
    if (sha256 !== undefined) places = places.where('sha256', '=', sha256);
    if (cursor !== undefined) {
      const { createdAt, key } = readCursor(cursor);
      places = places.where(sql<boolean>`(created_at, key) < (${createdAt}, ${key})`);
    }
    return places.executeTakeFirst();
  }

  return async (project, query) => {
    if (query.search === undefined) return list(project, query);
    const found = await liveProjects(db)
      .select(['id', 'image_count'])
      .where('name', '=', project)
      .executeTakeFirst();
    if (found === undefined || found.image_count <= part) return list(project, query);
    const images: ImageRecord[] = [];
    let { cursor } = query;
    for (let size = Math.min(FIRST, part); ; size = part) {
      const left = { ...query, limit: query.limit - images.length };
      const from = cursor === undefined ? left : { ...left, cursor };
      const until = await endOf(found.id, from, size);
      const page = await list(project, until === undefined ? from : { ...from, until });
      images.push(...page.images);
      if (page.cursor !== null) return { images, cursor: page.cursor };
      if (until === undefined) return { images, cursor: null };
      cursor = writeCursor(until);
      if (images.length === query.limit) return { images, cursor };
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
}
