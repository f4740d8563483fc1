import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openSqliteRecords } from '@auraimage/records-sql';

// The driver that the adapter itself uses.
const fromAdapter = createRequire(import.meta.resolve('@auraimage/records-sql'));
const { DatabaseSync } = fromAdapter('@photostructure/sqlite');

const PROJECT = 'bench';
const SECRETS = { secretKey: 'sk_live_none', serveSecret: 'psk_live_bench', projectName: PROJECT };
/** Odd, so that it maps the numbers below 2⁴⁰ to each other; large, so that neighbours end up far apart. */
const SCATTER = 651_029_334_677n;
const MASK = (1n << 40n) - 1n;

/**
 * Records with a number of images, inserted by one SQL statement without the adapter.
 *
 * @param {string} folder that exists
 * @param {number} count a million at most
 */
export async function openFilledRecords(folder, count) {
  const dataDir = join(folder, String(count));
  await mkdir(dataDir);
  const file = join(dataDir, 'aura.db');
  const masterKey = randomBytes(32);
  const records = await openSqliteRecords({ file, masterKey });
  const accountId = await records.registry.createAccount();
  const project = await records.registry.createProject(
    {
      accountId,
      name: PROJECT,
      serveSecret: SECRETS.serveSecret,
      allowedOrigins: [],
      quotaBytes: null,
    },
    1,
    {
      accountId,
      actor: { kind: 'system', name: 'bench' },
      action: 'project.created',
      project: PROJECT,
      target: PROJECT,
      details: {},
      address: '',
    },
  );
  if (typeof project === 'string') throw new Error('the folder is not empty');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA cache_size = -1048576');
  database.prepare(FILL).run(count, project.id);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return {
    /** Settings of a server on these records. */
    server: {
      dataDir,
      secrets: SECRETS,
      settings: { AURA_MASTER_KEY: masterKey.toString('hex') },
    },
    images: records.images,
    /** Makes a commit that changes no image. */
    commit: () => database.exec('UPDATE projects SET used_bytes = used_bytes + 1'),
    /** @returns the address of one of the images, each as likely as any other */
    address: () => ({ project: PROJECT, key: keyOf(Math.floor(Math.random() * count)) }),
    async close() {
      database.close();
      await records.close();
    },
  };
}

/** @param {number} number */
function keyOf(number) {
  const scattered = (BigInt(number) * SCATTER) & MASK;
  return `${scattered.toString(16).padStart(10, '0')}-photo-${number}.jpg`;
}

const FILL = `
  WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series LIMIT ?)
  INSERT INTO images (
    project_id, key, visibility, type, size, width, height, blurhash, sha256, object_id, version,
    created_at, frames, has_alpha
  )
  SELECT
    ?, printf('%010x-photo-%d.jpg', (n * ${SCATTER}) & ${MASK}, n), 'private', 'image/jpeg', 100000,
    1600, 1200, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', lower(hex(randomblob(32))),
    lower(hex(randomblob(16))), 1, 1700000000000 + n, 1, 0
  FROM series ORDER BY 2
`;
