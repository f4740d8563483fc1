import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageQuery } from '@auraimage/ports';
import { type CompiledQuery, Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../database/schema.js';
import { createImageFolders } from '../records/image-folders.js';
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
  const db = new Kysely<Database>({ dialect: connection.dialect, log });
  list = createImagePages(db, connection);
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

describe('a folder of 100,000 images', () => {
  it.each([
    ['folders', true],
    ['images', false],
  ])('is listed by %s in one index, in its order', async (_, grouped) => {
    const kysely = new Kysely<Database>({
      dialect: connection.dialect,
      log: ({ query }) => void queries.push(query),
    });
    connection.database.exec(`
      INSERT INTO accounts (id, created_at) VALUES ('a', 1);
      INSERT INTO projects (id, account_id, name, serve_secret, allowed_origins, used_bytes, image_count, created_at)
      VALUES ('p', 'a', 'my-app', x'00', '[]', 0, 0, 1);
    `);
    const listFolder = createImageFolders(kysely, connection);
    for (const from of [{}, { cursor: Buffer.from('/users/42/').toString('base64url') }]) {
      queries = [];
      await listFolder('my-app', { limit: 100, prefix: 'users/', grouped, ...from });
      const query = queries.find(({ sql }) => sql.includes('FROM images'));
      const plan = connection.database
        .prepare(`EXPLAIN QUERY PLAN ${query?.sql}`)
        .all(...((query?.parameters ?? []) as string[])) as { detail: string }[];
      const steps = plan.map(({ detail }) => detail).filter((step) => step.includes('images'));
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) {
        expect(step).toBe('SEARCH images USING PRIMARY KEY (project_id=? AND key>? AND key<?)');
      }
      expect(plan.map(({ detail }) => detail).join()).not.toContain('TEMP B-TREE');
    }
  });
});
