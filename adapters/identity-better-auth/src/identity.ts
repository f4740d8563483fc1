import type { Identity } from '@auraimage/control';
import type { Kysely } from 'kysely';
import { createAuth } from './auth.js';
import { createDevices } from './devices.js';
import { createSessions } from './sessions.js';
import { createUsers } from './users.js';

export interface BetterAuthIdentityOptions<Tables> {
  /** A database that has the tables of the records' migrations. */
  readonly kysely: Kysely<Tables>;
  /** What it is; `sqlite` where this is absent. */
  readonly database?: 'sqlite' | 'postgres';
  /** At least 32 random characters that stay the same. better-auth wants one; nothing is signed with it here. */
  readonly secret: string;
}

/**
 * People, passwords (scrypt), sessions and devices by better-auth.
 *
 * @example
 * const identity = await createBetterAuthIdentity({ kysely: records.kysely, secret });
 */
export async function createBetterAuthIdentity<Tables>({
  kysely,
  database = 'sqlite',
  secret,
}: BetterAuthIdentityOptions<Tables>): Promise<Identity> {
  const auth = createAuth(kysely, { secret, database });
  const users = await createUsers(auth);
  const sessions = await createSessions(auth);
  const devices = await createDevices(auth, users.findUser);
  return { ...users, ...sessions, ...devices };
}
