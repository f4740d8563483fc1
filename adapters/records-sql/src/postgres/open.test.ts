import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { NewAuditEntry } from '@auraimage/ports';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase, runSql } from '../../../../tests/postgres/support/database.js';
import { WrongMasterKeyError } from '../cipher.js';
import { MigrationError } from '../migrate.js';
import { DatabaseSetupError } from './explain-start.js';
import { openPostgresRecords } from './open.js';

const masterKey = new Uint8Array(32).fill(1);
const PROCESSES = 8;

const open = (url: string, key = masterKey) => openPostgresRecords({ url, masterKey: key });

const by = (accountId: string): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: 'start' },
  action: 'project.created',
  project: 'my-app',
  target: null,
  details: {},
  address: '',
});

/** The URL with other parts. */
function changed(url: string, change: (url: URL) => void): string {
  const next = new URL(url);
  change(next);
  return next.href;
}

describe('openPostgresRecords', () => {
  it('keeps what it has when it is opened again, and makes its tables once', async () => {
    const url = await createDatabase();
    const all = await Promise.all(Array.from({ length: PROCESSES }, () => open(url)));
    const accounts = await Promise.all(all.map(({ registry }) => registry.firstAccount()));
    expect(new Set(accounts).size).toBe(1);
    const [accountId = ''] = accounts;
    const made = await Promise.all(
      all.map(({ registry }) =>
        registry.createProject(
          { accountId, name: 'my-app', serveSecret: 'x', allowedOrigins: [], quotaBytes: null },
          100,
          by(accountId),
        ),
      ),
    );
    expect(made.filter((project) => project !== 'name_taken')).toHaveLength(1);
    await Promise.all(all.map((records) => records.close()));
    const again = await open(url);
    expect((await again.registry.listProjects()).map(({ name }) => name)).toEqual(['my-app']);
    await again.close();
  });

  it('makes commits durable, and reads what is committed, whatever the database’s own settings are', async () => {
    const url = await createDatabase();
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      'synchronous_commit = off',
      "default_transaction_isolation = 'serializable'",
      "datestyle = 'SQL, DMY'",
    ]) {
      await runSql(url, `ALTER DATABASE ${name} SET ${setting}`);
    }
    const records = await open(url);
    const shown = await sql<Record<string, string>>`
      SELECT current_setting('synchronous_commit') AS commits,
        current_setting('transaction_isolation') AS isolation,
        current_setting('datestyle') AS dates`.execute(records.kysely);
    expect(shown.rows).toEqual([
      { commits: 'on', isolation: 'read committed', dates: expect.stringContaining('ISO') },
    ]);
    await records.close();
  });

  it('leaves a stronger word on commits as it is', async () => {
    const url = await createDatabase();
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `ALTER DATABASE ${name} SET synchronous_commit = remote_apply`);
    const records = await open(url);
    const { rows } = await sql`SELECT current_setting('synchronous_commit') AS c`.execute(
      records.kysely,
    );
    expect(rows).toEqual([{ c: 'remote_apply' }]);
    await records.close();
  });

  it('refuses a database that was made under another master key', async () => {
    const url = await createDatabase();
    await (await open(url)).close();
    await expect(open(url, new Uint8Array(32).fill(2))).rejects.toThrow(WrongMasterKeyError);
    await (await open(url)).close();
  });

  it('lets one of several keys in that start a database at once', async () => {
    const url = await createDatabase();
    const opened = await Promise.allSettled(
      Array.from({ length: 4 }, (_, n) => open(url, new Uint8Array(32).fill(n))),
    );
    const failures = opened.filter(({ status }) => status === 'rejected');
    expect(failures.map((failure) => 'reason' in failure && failure.reason.name)).toEqual(
      Array.from({ length: 3 }, () => 'WrongMasterKeyError'),
    );
    for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
  });

  it('refuses a database that is newer than the program, and leaves it as it is', async () => {
    const url = await createDatabase();
    await (await open(url)).close();
    await runSql(url, `INSERT INTO migrations VALUES ('9999-from-the-future.sql', 'x', 0)`);
    await expect(open(url)).rejects.toThrow(MigrationError);
    await runSql(url, `DELETE FROM migrations WHERE name LIKE '9999%'`);
    await (await open(url)).close();
  });

  it('goes on reading when a newer version has changed its tables', async () => {
    const url = await createDatabase();
    const records = await open(url);
    const read = (together: number) =>
      Promise.all(
        Array.from({ length: together }, (_, n) =>
          records.images.find({ project: 'my-app', key: `${n}.jpg` }),
        ),
      );
    const nothing = Array(20).fill(null);
    expect([...(await read(1)), ...(await read(19))]).toEqual(nothing);
    await runSql(url, 'ALTER TABLE images ADD COLUMN later TEXT');
    expect([...(await read(1)), ...(await read(19))]).toEqual(nothing);
    await records.close();
  });

  it('rejects rather than answer once it is closed', async () => {
    const records = await open(await createDatabase());
    await records.close();
    await expect(records.images.ping()).rejects.toThrow();
    await expect(records.images.find({ project: 'my-app', key: 'x.jpg' })).rejects.toThrow();
  });
});

describe('a database that cannot be used', () => {
  /** What the person who starts a server is told. */
  async function told(url: string): Promise<string> {
    const error = await open(url).then(
      () => new Error('it was opened'),
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(DatabaseSetupError);
    return error instanceof Error ? error.message : '';
  }

  it('is away', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    const url = changed(inject('postgresUrl'), (url) => {
      url.port = String(port);
    });
    expect(await told(url)).toMatch(
      /^AURA_DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:\d+/,
    );
  });

  it('wants another password, or one at all', async () => {
    const url = inject('postgresUrl');
    const wrong = await told(
      changed(url, (url) => {
        url.password = 'guessed-it';
      }),
    );
    expect(wrong).toBe(
      'AURA_DATABASE_URL: the server refuses the password of aura: correct user and password',
    );
    const none = await told(
      changed(url, (url) => {
        url.password = '';
      }),
    );
    expect(none).toMatch(/the server wants a password/);
  });

  it('is not there', async () => {
    const url = changed(inject('postgresUrl'), (url) => {
      url.pathname = '/nowhere';
    });
    expect(await told(url)).toMatch(/there is no database nowhere: make it with CREATE DATABASE/);
  });

  it('lets its user make no table', async () => {
    const url = await createDatabase();
    await runSql(url, `CREATE ROLE guest_${process.pid} LOGIN PASSWORD 'guest'`);
    const guest = changed(url, (url) => {
      url.username = `guest_${process.pid}`;
      url.password = 'guest';
    });
    expect(await told(guest)).toMatch(/may not make tables .*: run ALTER DATABASE/);
  });

  it('is another program’s', async () => {
    const url = await createDatabase();
    await runSql(url, 'CREATE TABLE migrations (id integer)');
    expect(await told(url)).toMatch(/has tables of another program/);
  });

  it('is in another encoding', async () => {
    const name = `latin_${process.pid}`;
    await runSql(
      inject('postgresUrl'),
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
    );
    const url = changed(inject('postgresUrl'), (url) => {
      url.pathname = `/${name}`;
    });
    expect(await told(url)).toMatch(/encoding is LATIN1/);
  });

  it('has no TLS, and the URL wants it', async () => {
    const url = `${inject('postgresUrl')}?sslmode=verify-full`;
    expect(await told(url)).toMatch(/has no TLS: turn it on there, or give sslmode=disable/);
  });
});
