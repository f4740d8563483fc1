import { randomUUID } from 'node:crypto';
import type { ProjectRegistry } from '@auraimage/control';
import type { Kysely } from 'kysely';
import type { SecretCipher } from './cipher.js';
import { createDeletionRows } from './registry/deletions.js';
import { createProjectRows } from './registry/projects.js';
import { createSecretKeyRows } from './registry/secret-keys.js';
import { createServeSecretRows } from './registry/serve-secrets.js';
import type { EvenWhenFull } from './reserve.js';
import type { Database } from './schema.js';

/** Accounts, projects and keys as rows; secrets are encrypted on the way in. */
export function createProjectRegistry(
  db: Kysely<Database>,
  cipher: SecretCipher,
  evenWhenFull: EvenWhenFull,
): ProjectRegistry {
  const createAccount = async (trx: Kysely<Database>) => {
    const id = randomUUID();
    await trx.insertInto('accounts').values({ id, created_at: Date.now() }).execute();
    return id;
  };

  return {
    createAccount: () => createAccount(db),
    firstAccount: () =>
      db.transaction().execute(async (trx) => {
        const query = trx.selectFrom('accounts').select('id').orderBy('created_at').orderBy('id');
        const first = await query.executeTakeFirst();
        return first?.id ?? createAccount(trx);
      }),
    ...createProjectRows(db, cipher),
    ...createServeSecretRows(db, cipher, evenWhenFull),
    ...createSecretKeyRows(db, cipher, evenWhenFull),
    ...createDeletionRows(db, evenWhenFull),
  };
}
