import { readdirSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The driver of the adapter, resolved only when this is called.
const driver = () =>
  createRequire(import.meta.resolve('@auraimage/records-sql'))('@photostructure/sqlite');

const AT_ONCE = 64;

/**
 * Copies a project's images without the server until it has `count`. One SQL statement inserts rows that are older
 * than all others. A copy's file is a link to the original's; copies without a file by `hasFile` are a 404.
 *
 * @param {{
 *   dataDir: string, project: string, count: number, hasFile: (place: number) => boolean
 * }} options `hasFile` is asked of each place in the list, newest first
 * @returns {Promise<void>}
 */
export async function copyImages({ dataDir, project, count, hasFile }) {
  const { DatabaseSync } = driver();
  const database = new DatabaseSync(join(dataDir, 'aura.db'));
  database.exec('PRAGMA busy_timeout = 10000');
  database.exec(`CREATE TEMP TABLE originals AS
    SELECT images.*, row_number() OVER (ORDER BY images.created_at DESC) - 1 AS place
    FROM images JOIN projects ON projects.id = images.project_id
    WHERE projects.name = '${project}'`);
  const { originals } = database.prepare('SELECT count(*) AS originals FROM originals').get();
  const columns = database
    .prepare('PRAGMA table_info(images)')
    .all()
    .map((/** @type {{ name: string }} */ { name }) => name);
  /** @type {Record<string, string>} */
  const own = {
    key: "substr(lower(hex(randomblob(5))), 1, 10) || '-copy-' || n || '.jpg'",
    object_id: 'lower(hex(randomblob(16)))',
    created_at: '(SELECT min(created_at) FROM originals) - 1000 * n',
  };
  database.exec(`
    WITH RECURSIVE series(n) AS (
      SELECT ${originals} UNION ALL SELECT n + 1 FROM series WHERE n + 1 < ${count}
    )
    INSERT INTO images (${columns.join(', ')})
    SELECT ${columns.map((/** @type {string} */ name) => own[name] ?? name).join(', ')}
    FROM series JOIN originals ON originals.place = series.n % ${originals}`);
  database.exec(`UPDATE projects SET image_count = ${count} WHERE name = '${project}'`);
  /** @type {{ place: number, copy: string, original: string }[]} */
  const files = database
    .prepare(
      `SELECT copies.place, copies.object_id AS copy, originals.object_id AS original
       FROM (
         SELECT images.object_id, row_number() OVER (ORDER BY images.created_at DESC, images.key DESC) - 1 AS place
         FROM images JOIN projects ON projects.id = images.project_id WHERE projects.name = ?
       ) AS copies
       JOIN originals ON originals.place = copies.place % ? WHERE copies.place >= ?`,
    )
    .all(project, originals, originals)
    .filter((/** @type {{ place: number }} */ { place }) => hasFile(place));
  database.close();
  const objects = objectsFolder(dataDir);
  const pathOf = (/** @type {string} */ id) => join(objects, id.slice(0, 2), id);
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const some = files.slice(at, at + AT_ONCE);
    await Promise.all(some.map(({ original, copy }) => link(pathOf(original), pathOf(copy))));
  }
}

/** @param {string} dataDir */
function objectsFolder(dataDir) {
  const found = readdirSync(dataDir, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name === 'objects',
  );
  if (!found) throw new Error(`there is no folder of objects in ${dataDir}`);
  return join(found.parentPath ?? found.path, found.name);
}
