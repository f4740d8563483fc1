import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, STACK, withoutProgress } from '../acceptance/support/upload-command.js';
import { drawing } from '../files/pictures.js';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { killCommand } from '../harness/kill-command.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { faultsOf, type ListedImage, listImages } from '../heavy/support/library.js';
import { createDatabase, runSql } from './support/database.js';

let root: string;
let dataDir: string;
let server: TestServer;
let owner: Person;
let file: Buffer;
let images: ListedImage[];

beforeAll(async () => {
  root = await temporaryFolder();
  dataDir = join(root, 'data');
  server = await startTestServer({ dataDir });
  owner = await signUp(server);
  file = await drawing(60, 40).png().toBuffer();
  for (const visibility of ['public', 'private'] as const) await upload(server, file, visibility);
  images = await listImages(server);
});

afterAll(async () => {
  await server?.kill();
  await removeFolder(root);
});

const source = () => `sqlite:${join(dataDir, 'aura.db')}`;
const move = (url: string, ...args: readonly string[]) =>
  runCommand(['move', ...args], { AURA_DATA_DIR: dataDir, AURA_DATABASE_URL: url });
const moveThere = (url: string) => move(url, '--from', source(), '--to', 'AURA_DATABASE_URL');
const tablesIn = async (url: string) =>
  (await runSql(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).length;

describe('aura-server move between databases', () => {
  it('is refused while a server uses the source, and shows no password', async () => {
    const url = await createDatabase();
    const running = await moveThere(url);
    expect([running.code, running.stdout]).toEqual([1, '']);
    expect(running.stderr).toMatch(/A server has the source open: stop it first/);
    const shown = await move(url, '--from', source(), '--to', url);
    expect(shown.code).toBe(1);
    expect(shown.stderr).toMatch(/password on the command line is seen by others/);
    const { password } = new URL(url);
    for (const { stderr } of [running, shown]) {
      expect(stderr).not.toMatch(STACK);
      expect(stderr).not.toContain(password);
      expect(stderr).not.toContain(decodeURIComponent(password));
    }
    expect(await tablesIn(url)).toBe(0);
    await server.stop();
  });

  it('copies everything to PostgreSQL: images, accounts, sessions, secrets and the audit log', async () => {
    const url = await createDatabase();
    const wrongKey = await runCommand(['move', '--from', source(), '--to', 'AURA_DATABASE_URL'], {
      AURA_DATA_DIR: dataDir,
      AURA_DATABASE_URL: url,
      AURA_MASTER_KEY: 'ab'.repeat(32),
    });
    expect([wrongKey.code, await tablesIn(url)]).toEqual([1, 0]);

    const ended = await moveThere(url);
    const { code, stdout } = ended;
    expect([code, withoutProgress(ended)]).toEqual([0, '']);
    expect(stdout).toMatch(/^images: 3$/m);
    expect(stdout).toMatch(/has all \d+ rows; each was read again and is the same/);
    const again = await moveThere(url);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/rows in settings: use an empty database/),
    ]);

    const moved = await startTestServer({
      dataDir,
      env: { AURA_DATABASE_URL: url },
      credentials: server.credentials,
    });
    try {
      const sums = (listed: readonly ListedImage[]) =>
        listed.map(({ key, sha256 }) => [key, sha256]);
      expect(sums(await listImages(moved))).toEqual(sums(images));
      expect(await faultsOf(moved, images)).toEqual([]);
      await upload(moved, file, 'private');
      // The earlier session, at another port.
      const browser = openBrowser(moved);
      const response = await browser.send('GET', '/v1/auth/me', undefined, {
        Cookie: owner.cookie(),
      });
      expect([response.status, await response.json()]).toEqual([
        200,
        expect.objectContaining({ email: owner.email }),
      ]);
    } finally {
      await moved.kill();
    }

    const back = join(root, 'back');
    await cp(join(dataDir, 'store'), join(back, 'store'), { recursive: true });
    await cp(join(dataDir, 'master.key'), join(back, 'master.key'));
    const returned = await move(
      url,
      '--from',
      'AURA_DATABASE_URL',
      '--to',
      `sqlite:${back}/aura.db`,
    );
    expect([returned.code, withoutProgress(returned)]).toEqual([0, '']);
    const here = await startTestServer({ dataDir: back, credentials: server.credentials });
    try {
      const listed = await listImages(here);
      expect(listed).toHaveLength(images.length + 1);
      expect(await faultsOf(here, listed)).toEqual([]);
    } finally {
      await here.kill();
    }
  }, 90_000);

  it('writes everything or nothing if it is killed, and succeeds when repeated', async () => {
    const url = await createDatabase();
    const env = { AURA_DATA_DIR: dataDir, AURA_DATABASE_URL: url };
    const rowsIn = async (table: string) => {
      const there = await runSql(url, `SELECT 1 FROM pg_tables WHERE tablename = '${table}'`);
      if (there.length === 0) return 0;
      return Number((await runSql<{ n: string }>(url, `SELECT count(*) AS n FROM ${table}`))[0]?.n);
    };
    let whole = false;
    for (let round = 1; round <= 3 && !whole; round++) {
      // After the tables were created, before or after the commit.
      const made = async () => (await tablesIn(url)) > 0;
      await killCommand(['move', '--from', source(), '--to', 'AURA_DATABASE_URL'], env, made);
      const counts = await Promise.all(['settings', 'accounts', 'images', 'users'].map(rowsIn));
      expect([
        [0, 0, 0, 0],
        [1, 1, 3, 1],
      ]).toContainEqual(counts);
      whole = counts[0] === 1;
    }
    if (!whole) expect((await moveThere(url)).code).toBe(0);
    expect(await rowsIn('images')).toBe(3);
  });
});

describe('aura-server migrate', () => {
  it('migrates a database and exits; --check only reports', async () => {
    const folder = join(root, 'migrated');
    for (const env of [
      { AURA_DATA_DIR: folder },
      { AURA_DATA_DIR: folder, AURA_DATABASE_URL: await createDatabase() },
    ]) {
      const run = (...args: readonly string[]) => runCommand(['migrate', ...args], env);
      const check = await run('--check');
      expect([check.code, withoutProgress(check)]).toEqual([1, '']);
      expect(check.stdout).toMatch(/needs 0001-first-tables\.sql, /);
      const migrated = await run();
      expect([migrated.code, withoutProgress(migrated)]).toEqual([0, '']);
      expect(migrated.stdout).toMatch(/has 0001-first-tables\.sql, .* now/);
      expect((await run('--check')).code).toBe(0);
      expect((await run()).stdout).toMatch(/is up to date/);
    }
  });
});
