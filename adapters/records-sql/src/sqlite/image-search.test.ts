import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledQuery, Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/schema.js';
import { createImagePages } from '../records/image-pages.js';
import { createImageSearch } from '../records/image-search.js';
import { migrate, openSqlite, type SqliteConnection } from './connection.js';

const IMAGES = 95;
const PART = 10;

let folder: string;
let connection: SqliteConnection;
let queries: CompiledQuery[];
let search: ReturnType<typeof createImageSearch>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-search-'));
  connection = openSqlite(join(folder, 'aura.db'));
  migrate(connection);
  // Every third one is of Rome, and several have one time, of which some keys begin with others.
  connection.database.exec(`
    INSERT INTO accounts (id, created_at) VALUES ('a', 1);
    INSERT INTO projects (id, account_id, name, serve_secret, allowed_origins, used_bytes, image_count, created_at)
    VALUES ('p', 'a', 'my-app', x'00', '[]', 0, ${IMAGES}, 1);
    INSERT INTO images (project_id, key, visibility, type, size, width, height, frames, has_alpha, blurhash, sha256,
      object_id, version, search, created_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${IMAGES})
    SELECT 'p', 'photo-' || n, CASE n % 2 WHEN 0 THEN 'public' ELSE 'private' END, 'image/jpeg', 1, 1, 1, 1, 0, '', '',
      'object-' || n, 1, CASE n % 3 WHEN 0 THEN 'rome' ELSE 'paris' END, n / 30 FROM numbers;
  `);
  queries = [];
  const log = ({ query }: { query: CompiledQuery }) => void queries.push(query);
  const db = new Kysely<Database>({ dialect: connection.dialect, log });
  search = createImageSearch(db, createImagePages(db, connection), PART);
});
afterEach(async () => {
  connection.close();
  await rm(folder, { recursive: true });
});

/** Keys of all pages. */
async function keysOf(query: Omit<Parameters<typeof search>[1], 'cursor'>) {
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof search>> = await search('my-app', {
      ...query,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(page.images.length).toBeLessThanOrEqual(query.limit);
    keys.push(...page.images.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== null);
  return keys;
}

/** Queries for the text that no image has. */
const searches = () =>
  queries.filter(({ parameters }) => parameters.some((value) => String(value).includes('venice')));

const inOrder = (where: string) =>
  connection.database
    .prepare(`SELECT key FROM images WHERE ${where} ORDER BY created_at DESC, key DESC`)
    .all()
    .map(({ key }) => key);

it.each([1, 7, 10, 100])('finds every image once, in order, in pages of %i', async (limit) => {
  expect(await keysOf({ limit, search: 'rome' })).toEqual(inOrder("search = 'rome'"));
  expect(await keysOf({ limit, search: 'rome', visibility: 'private' })).toEqual(
    inOrder("search = 'rome' AND visibility = 'private'"),
  );
  expect(await keysOf({ limit, search: 'photo-9' })).toEqual(inOrder("key LIKE 'photo-9%'"));
});

it('fills a page from several parts', async () => {
  const { images, cursor } = await search('my-app', { limit: 20, search: 'rome' });
  expect(images).toHaveLength(20);
  expect(cursor).not.toBeNull();
});

it('looks for a text that no image has part by part, and lets others work between two parts', async () => {
  let turns = 0;
  let isSearching = true;
  const others = (async () => {
    for (; isSearching; turns++) await new Promise((resolve) => setTimeout(resolve));
  })();
  expect(await search('my-app', { limit: 10, search: 'venice' })).toEqual({
    images: [],
    cursor: null,
  });
  isSearching = false;
  await others;
  expect(turns).toBeGreaterThanOrEqual(IMAGES / PART - 2);
  expect(searches()).toHaveLength(Math.ceil(IMAGES / PART));
});

it('searches a project that is no larger than a part in one query', async () => {
  connection.database.exec(`UPDATE projects SET image_count = ${PART}`);
  await search('my-app', { limit: 10, search: 'venice' });
  expect(searches()).toHaveLength(1);
});
