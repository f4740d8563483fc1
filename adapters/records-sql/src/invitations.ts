import { randomUUID } from 'node:crypto';
import type { Invitation, Invitations } from '@auraimage/ports';
import type { Kysely, Selectable } from 'kysely';
import { hashSecret } from './projects.js';
import type { EvenWhenFull } from './reserve.js';
import type { Database } from './schema.js';
import { transact } from './transact.js';

/** Invitations as rows that have the hashes of their tokens alone. */
export function createInvitations(db: Kysely<Database>, evenWhenFull: EvenWhenFull): Invitations {
  /** Not used and not expired; one that is revoked has no row. */
  const openOnes = () =>
    db
      .selectFrom('invitations')
      .selectAll()
      .where('used_at', 'is', null)
      .where('expires_at', '>', Date.now());

  return {
    create: ({ token, ...invitation }) =>
      transact(db, async (trx) => {
        const now = Date.now();
        // Expired ones can never open again.
        await trx.deleteFrom('invitations').where('expires_at', '<=', now).execute();
        const row: Selectable<Database['invitations']> = {
          id: randomUUID(),
          kind: invitation.kind,
          account_id: invitation.accountId,
          invited_by: invitation.invitedBy,
          email: invitation.email,
          token_hash: hashSecret(token),
          created_at: now,
          expires_at: invitation.expiresAt,
          used_at: null,
        };
        await trx.insertInto('invitations').values(row).execute();
        return toInvitation(row);
      }),

    async find(token) {
      const query = openOnes().where('token_hash', '=', hashSecret(token));
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
      const rows = await openOnes()
        .where('invited_by', '=', invitedBy)
        .where('kind', '=', 'invitation')
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toInvitation);
    },

    revoke: (invitedBy, id) =>
      evenWhenFull(async () => {
        const { numDeletedRows } = await db
          .deleteFrom('invitations')
          .where('id', '=', id)
          .where('invited_by', '=', invitedBy)
          .where('kind', '=', 'invitation')
          .where('used_at', 'is', null)
          .where('expires_at', '>', Date.now())
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),

    async revokeSetupLinks() {
      // One in use goes too: its release must not open it again.
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
