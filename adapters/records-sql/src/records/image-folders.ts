import { type ImageRecords, InvalidCursorError } from '@auraimage/ports';
import { type Kysely, sql } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { checkLimit } from './image-pages.js';
import { toRecord } from './image-rows.js';
import { liveProjects } from './projects.js';

const KEY_CHARACTERS = /^[A-Za-z0-9._~/-]{0,255}$/;
/** After every character that a key may have behind a `/`, and before every character behind a folder's name. */
const LAST = '~';

/**
 * Lists keys that begin with a prefix, in their order. Folders cost one step in the index each, however many images
 * they hold: the next entry is looked for behind the last key that the folder may have.
 */
export function createImageFolders(
  db: Kysely<Database>,
  { placeIn }: Pick<SqlConnection, 'placeIn'>,
): ImageRecords['listFolder'] {
  async function entriesOf(
    projectId: string,
    { prefix, grouped }: { prefix: string; grouped: boolean },
    after: string,
    count: number,
  ): Promise<string[]> {
    // One lower bound: SQLite would use only the first of two in the index.
    const first = after >= prefix && after !== '' ? sql`key > ${after}` : sql`key >= ${prefix}`;
    const end = endOf(prefix);
    const inProject = sql`project_id = ${projectId} AND key < ${end}`;
    if (!grouped) {
      const { rows } = await sql<{ key: string }>`
        SELECT key FROM images WHERE ${inProject} AND ${first} ORDER BY key LIMIT ${sql.lit(count)}
      `.execute(db);
      return rows.map(({ key }) => key);
    }
    // Found one after the other: `entry` is a key, or a folder with its slash.
    const rest = sql.lit(prefix.length + 1);
    const slash = (key: string) => placeIn(sql`substr(${sql.ref(key)}, ${rest})`, '/');
    const group = (key: string) => sql`CASE WHEN ${slash(key)} = 0 THEN ${sql.ref(key)}
      ELSE substr(${sql.ref(key)}, 1, ${sql.lit(prefix.length)} + ${slash(key)}) END`;
    const behind = sql`CASE WHEN ${slash('entry')} = 0 THEN entry ELSE entry || ${LAST} END`;
    const { rows } = await sql<{ entry: string }>`
      WITH RECURSIVE step (entry) AS (
        SELECT (SELECT ${group('key')} FROM images
          WHERE ${inProject} AND ${first} ORDER BY key LIMIT 1)
        UNION ALL
        SELECT (SELECT ${group('key')} FROM images
          WHERE ${inProject} AND key > ${behind} ORDER BY key LIMIT 1)
        FROM step WHERE entry IS NOT NULL
      )
      SELECT entry FROM step WHERE entry IS NOT NULL LIMIT ${sql.lit(count)}
    `.execute(db);
    return rows.map(({ entry }) => entry);
  }

  return async (project, { limit, prefix, grouped, cursor }) => {
    checkLimit(limit);
    if (!KEY_CHARACTERS.test(prefix)) throw new RangeError('prefix must be the start of a key');
    const after = cursor === undefined ? '' : readCursor(cursor);
    const owner = await liveProjects(db)
      .select('id')
      .where('name', '=', project)
      .executeTakeFirst();
    if (owner === undefined) return { images: [], folders: [], cursor: null };
    const found = await entriesOf(owner.id, { prefix, grouped }, behindEntry(after), limit + 1);
    const page = found.slice(0, limit);
    const folders = page.filter((entry) => grouped && entry.slice(prefix.length).includes('/'));
    const keys = page.filter((entry) => !folders.includes(entry));
    const rows =
      keys.length === 0
        ? []
        : await db
            .selectFrom('images')
            .selectAll()
            .where('project_id', '=', owner.id)
            .where('key', 'in', keys)
            .orderBy('key')
            .execute();
    const last = page.at(-1);
    const next = found.length > limit && last !== undefined ? writeCursor(last) : null;
    return { images: rows.map((row) => toRecord(project, row)), folders, cursor: next };
  };
}

/** Keys behind an entry are greater than this. A key never ends in a slash, a folder always does. */
function behindEntry(entry: string): string {
  return entry.endsWith('/') ? entry + LAST : entry;
}

/** The least text above every key that begins with the prefix. */
function endOf(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix === '' ? '\x7f' : prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

function writeCursor(entry: string): string {
  return Buffer.from(`/${entry}`).toString('base64url');
}

function readCursor(cursor: string): string {
  const text = cursor.length <= 512 ? Buffer.from(cursor, 'base64url').toString() : '';
  const entry = text.slice(1);
  // Node ignores invalid base64url characters. Only the exact text that writeCursor creates is a cursor.
  if (entry === '' || !KEY_CHARACTERS.test(entry) || writeCursor(entry) !== cursor) {
    throw new InvalidCursorError();
  }
  return entry;
}
