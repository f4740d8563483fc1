import { readFile } from 'node:fs/promises';
import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { readMigrations } from '../database/migration-files.js';
import type { Database } from '../database/schema.js';
import { createPrimary, type D1Binding, type D1Statement } from './binding.js';
import { createD1Dialect } from './dialect.js';
import { openD1Records } from './open.js';

const masterKey = new Uint8Array(32).fill(1);

/** A binding that answers nothing, and notes its sessions with the statements of each. */
function createFake(fail?: () => Error) {
  const sessions: { readonly constraint: string; readonly statements: string[] }[] = [];
  const answer = { results: [] };
  const binding: D1Binding = {
    withSession(constraint) {
      const statements: string[] = [];
      sessions.push({ constraint, statements });
      const statementOf = (text: string): D1Statement => ({
        bind: () => statementOf(text),
        async all() {
          statements.push(text);
          if (fail !== undefined) throw fail();
          return answer;
        },
      });
      return {
        prepare: statementOf,
        async batch(all) {
          await Promise.all(all.map((statement) => statement.all()));
          return all.map(() => answer);
        },
      };
    },
  };
  return { binding, sessions };
}

describe('the primary', () => {
  it('answers every query, each in a session of its own', async () => {
    const { binding, sessions } = createFake();
    const primary = createPrimary(binding);
    await primary.query({ sql: 'SELECT 1', parameters: [] });
    await primary.batch([
      { sql: 'SELECT 2', parameters: [] },
      { sql: 'SELECT 3', parameters: [] },
    ]);
    expect(sessions).toEqual([
      { constraint: 'first-primary', statements: ['SELECT 1'] },
      { constraint: 'first-primary', statements: ['SELECT 2', 'SELECT 3'] },
    ]);
  });

  it('is asked once for each read that grants access', async () => {
    const records = await openFake();
    records.sessions.length = 0;
    expect(await records.images.find({ project: 'my-app', key: 'a.jpg' })).toBeNull();
    expect(await records.presets.find('my-app', 'thumb')).toBeNull();
    expect(await records.recipients.revokedAt('my-app', 'ada')).toBeNull();
    expect(await records.projects.uploadPolicy('my-app')).toBeNull();
    expect(await records.registry.findSecretKey('sk_live_a')).toBeNull();
    expect(records.sessions).toHaveLength(5);
    for (const { constraint, statements } of records.sessions) {
      expect(constraint).toBe('first-primary');
      expect(statements).toHaveLength(1);
    }
  });

  it.each([
    ['D1_ERROR: Network connection lost.', StorageUnavailableError],
    ['D1_ERROR: database is locked: SQLITE_BUSY', StorageUnavailableError],
    ['D1 DB reset because its code was updated.', StorageUnavailableError],
    [
      'Internal error while starting up D1 DB storage caused object to be reset.',
      StorageUnavailableError,
    ],
    ['Network connection lost.', StorageUnavailableError],
    ['Internal error in D1 DB storage caused object to be reset.', StorageUnavailableError],
    ['Cannot resolve D1 DB due to transient issue on remote node.', StorageUnavailableError],
    ["Can't read from request stream because client disconnected.", StorageUnavailableError],
    [
      'D1 DB storage operation exceeded timeout which caused object to be reset.',
      StorageUnavailableError,
    ],
    ['D1 DB is overloaded. Requests queued for too long.', StorageUnavailableError],
    ['D1 DB is overloaded. Too many requests queued.', StorageUnavailableError],
    ["D1 DB's isolate exceeded its memory limit and was reset.", StorageUnavailableError],
    ['D1 DB exceeded its CPU time limit and was reset.', StorageUnavailableError],
    ['D1_ERROR: Exceeded maximum DB size.', StorageFullError],
    ['D1_ERROR: database or disk is full: SQLITE_FULL', StorageFullError],
    ['D1_ERROR: UNIQUE constraint failed: projects.name: SQLITE_CONSTRAINT', Error],
    ["D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'", Error],
    ['The storage of the settings is overloaded with rows', Error],
    ['The password reset has ended', Error],
    ['Cannot read properties of undefined', Error],
  ])('reports %s', async (message, type) => {
    const { binding } = createFake(() => new Error(message));
    const query = createPrimary(binding).query({ sql: 'SELECT 1', parameters: [] });
    const error = await query.catch((reason: unknown) => reason);
    expect((error as Error).constructor).toBe(type);
  });
});

describe('a transaction of the records', () => {
  it('reports no change before the commit, returns no rows, and sends nothing', async () => {
    const { binding, sessions } = createFake();
    const dialect = createD1Dialect(createPrimary(binding));
    const db = new Kysely<Database>({ dialect });
    const deletion = (trx: Kysely<Database>) => trx.deleteFrom('accounts');
    const writing = db.transaction().execute(async (trx) => {
      const row = { id: 'a', created_at: 1 };
      const inserted = await trx.insertInto('accounts').values(row).executeTakeFirstOrThrow();
      expect(inserted.numInsertedOrUpdatedRows).toBe(0n);
      const update = trx.updateTable('accounts').set({ created_at: 2 });
      expect((await update.executeTakeFirstOrThrow()).numUpdatedRows).toBe(0n);
      expect((await deletion(trx).executeTakeFirstOrThrow()).numDeletedRows).toBe(0n);
      throw new Error('rolled back');
    });
    await expect(writing).rejects.toThrow('rolled back');
    const returned = db.transaction().execute((trx) => deletion(trx).returning('id').execute());
    await expect(returned).rejects.toThrow('returns no rows');
    expect(sessions).toEqual([]);
  });
});

/** Records on a fake whose only row is the check of the master key. */
async function openFake() {
  const { binding, sessions } = createFake();
  let check: Uint8Array | undefined;
  const checked: D1Binding = {
    withSession(constraint) {
      const session = binding.withSession(constraint);
      return {
        ...session,
        prepare(text) {
          const statement = session.prepare(text);
          if (!text.includes('"settings"')) return statement;
          return {
            ...statement,
            bind(...values) {
              check ??= values.find((value) => value instanceof Uint8Array);
              return this;
            },
            all: async () => ({ results: check === undefined ? [] : [{ value: [...check] }] }),
          };
        },
      };
    },
  };
  const records = await openD1Records({ binding: checked, masterKey, migrations: [] });
  return { ...records, sessions };
}

describe('the migrations for bundles', () => {
  it('are all of SQLite, in order', async () => {
    const file = new URL('../../migrations/sqlite/index.js', import.meta.url);
    const text = await readFile(file, 'utf8');
    const names = readMigrations('sqlite').map(({ name }) => name);
    const imports = [...text.matchAll(/^import (\w+) from '\.\/(.+)';$/gm)];
    expect(imports.map(([, , name]) => name)).toEqual(names);
    const listed = [...text.matchAll(/\{ name: '(.+)', sql: (\w+) \}/g)];
    expect(listed.map(([, name, sql]) => [sql, name])).toEqual(
      imports.map(([, sql, name]) => [sql, name]),
    );
  });
});
