import { randomUUID } from 'node:crypto';
import type { ProjectRegistry } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { SecretCipher } from './cipher.js';
import { lockDatabase } from './master-key-check.js';
import { createDeletionRows } from './registry/deletions.js';
import { createProjectRows } from './registry/projects.js';
import { createSecretKeyRows } from './registry/secret-keys.js';
import { createServeSecretRows } from './registry/serve-secrets.js';
import type { EvenWhenFull } from './reserve.js';
import type { Database } from './schema.js';
import { transact } from './transact.js';

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
      transact(db, async (trx) => {
        await lockDatabase(trx);
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
