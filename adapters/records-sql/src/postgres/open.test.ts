import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { NewAuditEntry } from '@auraimage/ports';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase, runSql } from '../../../../tests/postgres/support/database.js';
import { WrongMasterKeyError } from '../database/cipher.js';
import { DatabaseSetupError, MigrationError } from '../database/migrations.js';
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
  it('keeps its records when it is opened again, and creates its tables once', async () => {
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

  it('has durable commits and READ COMMITTED, whatever the settings of the database', async () => {
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

  it('keeps a stronger synchronous_commit', async () => {
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

  it('refuses a database with another master key', async () => {
    const url = await createDatabase();
    await (await open(url)).close();
    await expect(open(url, new Uint8Array(32).fill(2))).rejects.toThrow(WrongMasterKeyError);
    await (await open(url)).close();
  });

  it('accepts one of several keys in concurrent first starts', async () => {
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

  it('refuses a newer database without changing it', async () => {
    const url = await createDatabase();
    await (await open(url)).close();
    await runSql(url, `INSERT INTO migrations VALUES ('9999-from-the-future.sql', 'x', 0)`);
    await expect(open(url)).rejects.toThrow(MigrationError);
    await runSql(url, `DELETE FROM migrations WHERE name LIKE '9999%'`);
    await (await open(url)).close();
  });

  it('reads after a newer version has changed its tables', async () => {
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

  it('rejects after it was closed', async () => {
    const records = await open(await createDatabase());
    await records.close();
    await expect(records.images.ping()).rejects.toThrow();
    await expect(records.images.find({ project: 'my-app', key: 'x.jpg' })).rejects.toThrow();
  });
});

describe('a database that cannot be used', () => {
  /** The message of a failed start. */
  async function messageOf(url: string): Promise<string> {
    const error = await open(url).then(
      () => new Error('it was opened'),
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(DatabaseSetupError);
    return error instanceof Error ? error.message : '';
  }

  it('does not answer', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    const url = changed(inject('postgresUrl'), (url) => {
      url.port = String(port);
    });
    expect(await messageOf(url)).toMatch(
      /^AURA_DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:\d+/,
    );
  });

  it('requires another password, or any password', async () => {
    const url = inject('postgresUrl');
    const wrong = await messageOf(
      changed(url, (url) => {
        url.password = 'guessed-it';
      }),
    );
    expect(wrong).toBe(
      'AURA_DATABASE_URL: the server refuses the password of aura: correct the user or the password in the URL',
    );
    const none = await messageOf(
      changed(url, (url) => {
        url.password = '';
      }),
    );
    expect(none).toMatch(/the server requires a password/);
  });

  it('does not exist', async () => {
    const url = changed(inject('postgresUrl'), (url) => {
      url.pathname = '/nowhere';
    });
    expect(await messageOf(url)).toMatch(
      /there is no database nowhere: create it with CREATE DATABASE/,
    );
  });

  it('does not allow its user to create tables', async () => {
    const url = await createDatabase();
    await runSql(url, `CREATE ROLE guest_${process.pid} LOGIN PASSWORD 'guest'`);
    const guest = changed(url, (url) => {
      url.username = `guest_${process.pid}`;
      url.password = 'guest';
    });
    expect(await messageOf(guest)).toMatch(/may not create tables .*: run ALTER DATABASE/);
  });

  it('belongs to another program', async () => {
    const url = await createDatabase();
    await runSql(url, 'CREATE TABLE migrations (id integer)');
    expect(await messageOf(url)).toMatch(/has tables of another program/);
  });

  it('has another encoding', async () => {
    const name = `latin_${process.pid}`;
    await runSql(
      inject('postgresUrl'),
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
    );
    const url = changed(inject('postgresUrl'), (url) => {
      url.pathname = `/${name}`;
    });
    expect(await messageOf(url)).toMatch(/encoding of the database is LATIN1/);
  });

  it('has no TLS although the URL requires it', async () => {
    const url = `${inject('postgresUrl')}?sslmode=verify-full`;
    expect(await messageOf(url)).toMatch(/has no TLS: enable TLS there, or set sslmode=disable/);
  });
});
