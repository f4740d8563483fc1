import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageQuery } from '@auraimage/ports';
import { type CompiledQuery, Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../database/schema.js';
import { createImagePages } from '../records/image-pages.js';
import { migrate, openSqlite, type SqliteConnection } from './connection.js';

let folder: string;
let connection: SqliteConnection;
let queries: CompiledQuery[];
let list: ReturnType<typeof createImagePages>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-pages-'));
  connection = openSqlite(join(folder, 'aura.db'));
  migrate(connection);
  queries = [];
  const log = ({ query }: { query: CompiledQuery }) => void queries.push(query);
  list = createImagePages(new Kysely<Database>({ dialect: connection.dialect, log }));
});
afterEach(async () => {
  connection.close();
  await rm(folder, { recursive: true });
});

/** The steps in which SQLite answers a list. */
async function stepsOf(query: ImageQuery): Promise<string[]> {
  await list('my-app', query);
  const [{ sql, parameters } = { sql: '', parameters: [] }] = queries;
  const plan = connection.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
  return (plan as { detail: string }[]).map(({ detail }) => detail);
}

const hash = 'a'.repeat(64);
const cursor = Buffer.from('1900000000000 abc123xyz0-photo.jpg').toString('base64url');

describe('a list of 100,000 images', () => {
  it.each<[Omit<ImageQuery, 'limit'>, string]>([
    [{}, 'images_newest_first'],
    [{ search: 'photo' }, 'images_newest_first'],
    [{ visibility: 'private' }, 'images_by_visibility'],
    [{ visibility: 'private', search: 'photo' }, 'images_by_visibility'],
    [{ sha256: hash }, 'images_by_sha256'],
    [{ sha256: hash, search: 'photo' }, 'images_by_sha256'],
  ])(
    'with %j is found in one index, in its order, and reads no row but its own',
    async (filter, index) => {
      for (const from of [{}, { cursor }]) {
        queries = [];
        const steps = await stepsOf({ limit: 100, ...filter, ...from });
        const found = steps.filter((step) => step.includes('images'));
        expect(found[0]).toContain(`SEARCH images USING COVERING INDEX ${index} (project_id=?`);
        expect(found[0]?.includes('(created_at,key)<(?,?)')).toBe('cursor' in from);
        expect(found.slice(1)).toEqual([
          'SEARCH images USING PRIMARY KEY (project_id=? AND key=?)',
        ]);
        expect(steps.join()).not.toContain('TEMP B-TREE');
      }
    },
  );

  it('reads only images with the same bytes when both filters apply', async () => {
    const steps = await stepsOf({ limit: 100, sha256: hash, visibility: 'public' });
    const index = 'INDEX images_by_sha256 (project_id=? AND sha256=?)';
    expect(steps).toContain(`SEARCH images USING ${index}`);
    expect(steps.join()).not.toContain('TEMP B-TREE');
  });
});
