import { randomUUID } from 'node:crypto';
import { type CliToken, type CliTokens, isStorageFailure, MAX_CLI_TOKENS } from '@auraimage/ports';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { hashSecret } from './projects.js';
import { minuteOf } from './usage.js';

/** Least time between two records of when a person was seen, in milliseconds. */
const SEEN_AFTER_MS = 3_600_000;

type Row = Selectable<Database['cli_tokens']>;

const lastUse = sql<number>`coalesce(last_used_at, created_at)`;

/** Command line tokens, stored as hashes. */
export function createCliTokens(db: Kysely<Database>, withReserve: WithReserve): CliTokens {
  /** Ignores a full disk and a database that is closed for changes, which must not lock users out. */
  const recordUse = async ({ id, user_id }: Row, minute: number) => {
    try {
      await db
        .updateTable('cli_tokens')
        .set({ last_used_at: minute })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', minute)]))
        .execute();
      await db
        .updateTable('users')
        .set({ last_seen_at: minute })
        .where('id', '=', user_id)
        .where((eb) =>
          eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<', minute - SEEN_AFTER_MS)]),
        )
        .execute();
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
    }
  };

  return {
    create: ({ userId, name, token, expiresAt, credentialResets }, entry) =>
      transact(db, async (trx) => {
        // Locked, so that whoever ends all credentials of the user finds this one, too.
        const user = await trx
          .selectFrom('users')
          .select('credential_resets')
          .where('id', '=', userId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (user?.credential_resets !== credentialResets) return null;
        const row: Row = {
          id: randomUUID(),
          user_id: userId,
          name,
          token_hash: hashSecret(token),
          last_four: token.slice(-4),
          created_at: Date.now(),
          last_used_at: null,
          expires_at: expiresAt,
        };
        await endLeastUsed(trx, userId);
        await trx.insertInto('cli_tokens').values(row).execute();
        await addAuditEntry(trx, entry, null, row.created_at);
        return toCliToken(row);
      }),

    async find(token) {
      const row = await db
        .selectFrom('cli_tokens')
        .selectAll()
        .where('token_hash', '=', hashSecret(token))
        .executeTakeFirst();
      if (row === undefined) return null;
      const now = Date.now();
      if (row.expires_at !== null && row.expires_at <= now) return 'expired';
      const minute = minuteOf(now);
      if (row.last_used_at === null || row.last_used_at < minute) await recordUse(row, minute);
      return toCliToken({ ...row, last_used_at: Math.max(minute, row.last_used_at ?? 0) });
    },

    async list(userId) {
      const rows = await db
        .selectFrom('cli_tokens')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toCliToken);
    },

    removeOld: ({ expiredBefore, unusedSince }, limit) =>
      withReserve(async () => {
        const old = db
          .selectFrom('cli_tokens')
          .select('id')
          .where((eb) =>
            eb.or([eb('expires_at', '<', expiredBefore), eb(lastUse, '<', unusedSince)]),
          )
          .limit(limit);
        const deletion = db.deleteFrom('cli_tokens').where('id', 'in', old);
        return Number((await deletion.executeTakeFirstOrThrow()).numDeletedRows);
      }),

    revoke: (userId, id, entry) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const row = await trx
            .selectFrom('cli_tokens')
            .select('id')
            .where('id', '=', id)
            .where('user_id', '=', userId)
            .forUpdate()
            .executeTakeFirst();
          if (row === undefined) return false;
          await trx.deleteFrom('cli_tokens').where('id', '=', id).execute();
          await addAuditEntry(trx, entry, null, Date.now());
          return true;
        }),
      ),
  };
}

/** Before a new token is stored: ends the least recently used ones, so that a user has no more than the most allowed. */
async function endLeastUsed(trx: Transaction<Database>, userId: string) {
  const rows = await trx
    .selectFrom('cli_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .orderBy(lastUse, 'desc')
    .orderBy('id')
    .limit(10)
    .offset(MAX_CLI_TOKENS - 1)
    .execute();
  for (const { id } of rows) await trx.deleteFrom('cli_tokens').where('id', '=', id).execute();
}

function toCliToken(row: Row): CliToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    lastFour: row.last_four,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}
