import type { Identity } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { People } from './people.js';

export interface BetterAuthIdentityOptions<Tables> {
  /** A database that has the tables of the records' migrations. */
  readonly kysely: Kysely<Tables>;
  /** What it is; `sqlite` where this is absent. */
  readonly database?: 'sqlite' | 'postgres';
  /** At least 32 random characters that stay the same. better-auth wants one; nothing is signed with it here. */
  readonly secret: string;
}

export interface BetterAuthIdentity extends Identity {
  /** Loads better-auth now, which stops the process for a third of a second. */
  load(): Promise<void>;
}

/**
 * People, passwords (scrypt), sessions and devices by better-auth, which is loaded where it is first needed.
 *
 * @example
 * const identity = createBetterAuthIdentity({ kysely: records.kysely, secret });
 * if (await identity.hasUsers()) await identity.load();
 */
export function createBetterAuthIdentity<Tables>({
  kysely,
  database = 'sqlite',
  secret,
}: BetterAuthIdentityOptions<Tables>): BetterAuthIdentity {
  let loading: Promise<People> | undefined;
  const open = async (): Promise<People> => {
    try {
      const { openPeople } = await import('./people.js');
      return await openPeople(kysely, { database, secret });
    } catch (error) {
      loading = undefined; // a database that was away may be back at the next try
      throw error;
    }
  };
  const load = (): Promise<People> => {
    loading ??= open();
    return loading;
  };
  const users = (kysely as unknown as Kysely<{ users: { id: string } }>).selectFrom('users');
  return {
    load: async () => void (await load()),
    hasUsers: async () => (await users.select('id').limit(1).executeTakeFirst()) !== undefined,
    createUser: async (...given) => (await load()).createUser(...given),
    findUser: async (...given) => (await load()).findUser(...given),
    signIn: async (...given) => (await load()).signIn(...given),
    beginSession: async (...given) => (await load()).beginSession(...given),
    findSession: async (...given) => (await load()).findSession(...given),
    listSessions: async (...given) => (await load()).listSessions(...given),
    endSession: async (...given) => (await load()).endSession(...given),
    changePassword: async (...given) => (await load()).changePassword(...given),
    requestDevice: async (...given) => (await load()).requestDevice(...given),
    findDevice: async (...given) => (await load()).findDevice(...given),
    decideDevice: async (...given) => (await load()).decideDevice(...given),
    pollDevice: async (...given) => (await load()).pollDevice(...given),
    cancelDevice: async (...given) => (await load()).cancelDevice(...given),
  };
}
