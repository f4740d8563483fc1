import { randomUUID } from 'node:crypto';
import {
  type CliToken,
  type CliTokens,
  type Invitation,
  type Invitations,
  StorageFullError,
} from '@auraimage/ports';
import type { Kysely, Selectable } from 'kysely';
import type { WithReserve } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { hashSecret } from './projects.js';
import { minuteOf } from './usage.js';

/** Command line tokens, stored as hashes. */
export function createCliTokens(db: Kysely<Database>, withReserve: WithReserve): CliTokens {
  /** Ignores a full disk, which must not lock users out. */
  const recordUse = async (id: string, minute: number) => {
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
    create: ({ userId, name, token }, entry) =>
      transact(db, async (trx) => {
        const row: Selectable<Database['cli_tokens']> = {
          id: randomUUID(),
          user_id: userId,
          name,
          token_hash: hashSecret(token),
          last_four: token.slice(-4),
          created_at: Date.now(),
          last_used_at: null,
        };
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
      const minute = minuteOf(Date.now());
      if (row.last_used_at === null || row.last_used_at < minute) await recordUse(row.id, minute);
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

    revoke: (userId, id, entry) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const { numDeletedRows } = await trx
            .deleteFrom('cli_tokens')
            .where('id', '=', id)
            .where('user_id', '=', userId)
            .executeTakeFirst();
          if (numDeletedRows === 0n) return false;
          await addAuditEntry(trx, entry, null, Date.now());
          return true;
        }),
      ),
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

/** Invitations, whose tokens are stored as hashes. */
export function createInvitations(db: Kysely<Database>, withReserve: WithReserve): Invitations {
  /** Neither claimed nor expired. A revoked invitation has no row. */
  const pending = () =>
    db
      .selectFrom('invitations')
      .selectAll()
      .where('used_at', 'is', null)
      .where('expires_at', '>', Date.now());

  return {
    create: ({ token, ...invitation }, entry) =>
      transact(db, async (trx) => {
        const now = Date.now();
        // Expired invitations can never be pending again.
        await trx.deleteFrom('invitations').where('expires_at', '<=', now).execute();
        const row: Selectable<Database['invitations']> = {
          id: randomUUID(),
          kind: invitation.kind,
          account_id: invitation.accountId,
          invited_by: invitation.invitedBy,
          email: invitation.email,
          project_id: null,
          role: null,
          token_hash: hashSecret(token),
          created_at: now,
          expires_at: invitation.expiresAt,
          used_at: null,
        };
        await trx.insertInto('invitations').values(row).execute();
        if (entry !== null) await addAuditEntry(trx, entry, null, now);
        return toInvitation(row);
      }),

    async find(token) {
      const query = pending().where('token_hash', '=', hashSecret(token));
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toInvitation(row);
    },

    async claim(id) {
      const now = Date.now();
      const { numUpdatedRows } = await db
        .updateTable('invitations')
        .set({ used_at: now })
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async release(id) {
      await db.updateTable('invitations').set({ used_at: null }).where('id', '=', id).execute();
    },

    async list(invitedBy) {
      const rows = await pending()
        .where('invited_by', '=', invitedBy)
        .where('kind', '=', 'invitation')
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toInvitation);
    },

    revoke: (invitedBy, id, entry) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const now = Date.now();
          const { numDeletedRows } = await trx
            .deleteFrom('invitations')
            .where('id', '=', id)
            .where('invited_by', '=', invitedBy)
            .where('kind', '=', 'invitation')
            .where('used_at', 'is', null)
            .where('expires_at', '>', now)
            .executeTakeFirst();
          if (numDeletedRows === 0n) return false;
          await addAuditEntry(trx, entry, null, now);
          return true;
        }),
      ),

    async revokeSetupLinks() {
      // Claimed ones too: a release must not make them pending again.
      await db.deleteFrom('invitations').where('kind', '=', 'setup').execute();
    },
  };
}

function toInvitation(row: Selectable<Database['invitations']>): Invitation {
  return {
    id: row.id,
    kind: row.kind,
    accountId: row.account_id,
    invitedBy: row.invited_by,
    email: row.email,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
