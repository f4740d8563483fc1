import {
  MigrationError,
  openD1Records,
  type SqlRecords,
  WrongMasterKeyError,
} from '@auraimage/records-sql/d1';
import { migrations } from '@auraimage/records-sql/sqlite-migrations';
import { describe, expect, it } from 'vitest';
import { declareContracts } from '../postgres/support/records-contracts.js';
import { binding, emptyDatabase, masterKey, openTwice } from './support/database.js';

declareContracts('D1', async () => {
  const [records, other] = await openTwice();
  await emptyDatabase();
  return { records, other, close: async () => {} };
});

type Tables = {
  settings: { name: string; value: Uint8Array };
  accounts: { id: string; created_at: number };
};

const tablesIn = ({ kysely }: SqlRecords) => kysely.withTables<Tables>();
type Db = ReturnType<typeof tablesIn>;

describe('a transaction on D1', () => {
  async function openTables() {
    const [records, other] = await openTwice();
    await emptyDatabase();
    return {
      db: tablesIn(records),
      other: tablesIn(other),
    };
  }
  const accountsOf = (db: Db) => db.selectFrom('accounts').selectAll().orderBy('id');

  it('fails as a whole if what it read has changed by its commit', async () => {
    const { db, other } = await openTables();
    const addIfNone = async (trx: Db, id: string) => {
      const found = await accountsOf(trx).where('created_at', '>', 5).execute();
      if (found.length > 0) throw new Error('there is one');
      await trx.insertInto('accounts').values({ id, created_at: 6 }).execute();
    };
    const late = db.transaction().execute(async (trx) => {
      await addIfNone(trx, 'late');
      await trx.insertInto('accounts').values({ id: 'late, too', created_at: 1 }).execute();
      await other.transaction().execute((early) => addIfNone(early, 'early'));
    });
    await expect(late).rejects.toThrow('too many changes of the same rows at once');
    expect(await accountsOf(other).execute()).toEqual([{ id: 'early', created_at: 6 }]);
  });

  it('writes nothing before its commit', async () => {
    const { db, other } = await openTables();
    const cut = db.transaction().execute(async (trx) => {
      await trx.insertInto('accounts').values({ id: 'a', created_at: 1 }).execute();
      expect(await accountsOf(other).execute()).toEqual([]);
      throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    expect(await accountsOf(other).execute()).toEqual([]);
  });

  it('commits after reads of any value, however many', async () => {
    const { db } = await openTables();
    const texts = ["'", '"', 'ä€😀', '\n', "a','b", '?1', ''];
    const rows = [
      ...texts.map((id, at) => ({ id, created_at: at - 3 })),
      ...Array.from({ length: 200 }, (_, n) => ({ id: `id ${n}`, created_at: 2 ** 52 + n })),
    ];
    await db.insertInto('accounts').values(rows).execute();
    const settings = [0, 255].map((byte) => ({
      name: `test ${byte}`,
      value: new Uint8Array([byte, 39]),
    }));
    await db.insertInto('settings').values(settings).execute();
    const ids = rows.map(({ id }) => id);
    await db.transaction().execute(async (trx) => {
      const known = await trx
        .selectFrom('accounts')
        .selectAll()
        .where('id', 'in', ids)
        .where('created_at', '>=', -3)
        .execute();
      expect(known).toHaveLength(rows.length);
      expect(known).toEqual(expect.arrayContaining(rows));
      const read = trx.selectFrom('settings').selectAll().where('name', 'like', 'test %');
      expect(await read.orderBy('name').execute()).toEqual(settings);
      expect(
        await trx.selectFrom('accounts').select('id').where('id', '=', 'no').execute(),
      ).toEqual([]);
      const { sum } = await trx
        .selectFrom('accounts')
        .select((eb) => [
          eb.fn.sum<number>(eb(eb.ref('created_at'), '/', 2)).as('sum'),
          eb.lit(null).as('none'),
          eb.val(7).as('seven'),
        ])
        .where('created_at', '>', 0)
        .where('created_at', '<', 1000)
        .executeTakeFirstOrThrow();
      // 1/2, 2/2 and 3/2, as integers.
      expect(sum).toBe(2);
      await trx.deleteFrom('accounts').where('id', 'in', ids).execute();
      await trx.deleteFrom('settings').where('name', 'like', 'test %').execute();
    });
    expect(await accountsOf(db).execute()).toEqual([]);
  });

  it('refuses what it cannot do', async () => {
    const { db } = await openTables();
    const insert = (trx: Db) => trx.insertInto('accounts').values({ id: 'a', created_at: 1 });
    const within = (work: (trx: Db) => Promise<unknown>) => db.transaction().execute(work);
    await expect(
      within(async (trx) => {
        await insert(trx).execute();
        return accountsOf(trx).execute();
      }),
    ).rejects.toThrow('cannot read accounts after it wrote to it');
    await expect(
      within((trx) => trx.deleteFrom('accounts').returningAll().execute()),
    ).rejects.toThrow('no rows');
    expect(await accountsOf(db).execute()).toEqual([]);
    const { numInsertedOrUpdatedRows } = await insert(db).executeTakeFirstOrThrow();
    expect(numInsertedOrUpdatedRows).toBe(1n);
    expect(await db.deleteFrom('accounts').returning('id').execute()).toEqual([{ id: 'a' }]);
  });
});

describe('a transaction of a library on D1', () => {
  it('is told what its writes do, as they were no transaction', async () => {
    const [records] = await openTwice();
    await emptyDatabase();
    const db = tablesIn(records);
    const row = { id: 'a', created_at: 1 };
    await db.transaction().execute(async (trx) => {
      const inserted = trx.insertInto('accounts').values(row).returningAll();
      expect(await inserted.executeTakeFirstOrThrow()).toEqual(row);
    });
    await db.transaction().execute(async (trx) => {
      const update = trx.updateTable('accounts').set({ created_at: 2 });
      const updated = await update.where('id', '=', 'a').executeTakeFirstOrThrow();
      expect(updated.numUpdatedRows).toBe(1n);
      const none = await trx.deleteFrom('accounts').where('id', '=', 'b').executeTakeFirstOrThrow();
      expect(none.numDeletedRows).toBe(0n);
    });
    const kept = await db.selectFrom('accounts').selectAll().execute();
    expect(kept).toEqual([{ id: 'a', created_at: 2 }]);
  });
});

describe('the start on D1', () => {
  it('refuses another master key, and a newer database', async () => {
    await openTwice();
    const other = { binding, masterKey: new Uint8Array(32).fill(2), migrations };
    await expect(openD1Records(other)).rejects.toThrow(WrongMasterKeyError);
    const older = { binding, masterKey, migrations: migrations.slice(0, -1) };
    await expect(openD1Records(older)).rejects.toThrow(MigrationError);
  });
});
