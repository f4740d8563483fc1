import { randomUUID } from 'node:crypto';
import type { CliToken, CliTokens } from '@auraimage/ports';
import { StorageFullError } from '@auraimage/ports';
import type { Kysely, Selectable } from 'kysely';
import { hashSecret } from './projects.js';
import type { EvenWhenFull } from './reserve.js';
import type { Database } from './schema.js';
import { minuteOf } from './times.js';

/** Tokens of the command line as rows that have their hashes alone. */
export function createCliTokens(db: Kysely<Database>, evenWhenFull: EvenWhenFull): CliTokens {
  /** A full disk shuts nobody out: the use is then not noted. */
  const noteUse = async (id: string, minute: number) => {
    try {
      await db
        .updateTable('cli_tokens')
        .set({ last_used_at: minute })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', minute)]))
        .execute();
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
    }
  };

  return {
    async create({ userId, name, token }) {
      const row = await db
        .insertInto('cli_tokens')
        .values({
          id: randomUUID(),
          user_id: userId,
          name,
          token_hash: hashSecret(token),
          last_four: token.slice(-4),
          created_at: Date.now(),
          last_used_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toCliToken(row);
    },

    async find(token) {
      const row = await db
        .selectFrom('cli_tokens')
        .selectAll()
        .where('token_hash', '=', hashSecret(token))
        .executeTakeFirst();
      if (row === undefined) return null;
      const minute = minuteOf(Date.now());
      if (row.last_used_at === null || row.last_used_at < minute) await noteUse(row.id, minute);
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

    revoke: (userId, id) =>
      evenWhenFull(async () => {
        const { numDeletedRows } = await db
          .deleteFrom('cli_tokens')
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),
  };
}

function toCliToken(row: Selectable<Database['cli_tokens']>): CliToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    lastFour: row.last_four,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
