import type { Identity, SecondFactorRecords } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { LoadedIdentity } from './load.js';
import type { PasswordHashing } from './password-queue.js';

export interface BetterAuthIdentityOptions<Tables> {
  /** A database with the tables of records-sql. */
  readonly kysely: Kysely<Tables>;
  /** Its dialect; `sqlite` by default. */
  readonly database?: 'sqlite' | 'postgres';
  readonly secondFactors: SecondFactorRecords;
  /**
   * At least 32 random characters, constant. The keys of password resets, of pending sign-ins and of known browsers
   * derive from it.
   */
  readonly secret: string;
  /** scrypt by default. */
  readonly hashing?: PasswordHashing;
}

export interface BetterAuthIdentity extends Identity {
  /** Loads better-auth, which blocks the process for a third of a second. Otherwise the first use does. */
  load(): Promise<void>;
  /** The number of password hashes that wait. */
  waitingPasswords(): number;
}

/**
 * Users, passwords (scrypt), second factors, sessions and devices by better-auth, which is loaded on first use.
 *
 * @example
 * const identity = createBetterAuthIdentity({ ...records, secret });
 * if (await identity.hasUsers()) await identity.load();
 */
export function createBetterAuthIdentity<Tables>({
  kysely,
  database = 'sqlite',
  secondFactors,
  secret,
  hashing,
}: BetterAuthIdentityOptions<Tables>): BetterAuthIdentity {
  let loading: Promise<LoadedIdentity> | undefined;
  let loaded: LoadedIdentity | undefined;
  const open = async (): Promise<LoadedIdentity> => {
    try {
      const { loadIdentity } = await import('./load.js');
      loaded = await loadIdentity(kysely, { database, secondFactors, secret, hashing });
      return loaded;
    } catch (error) {
      loading = undefined; // the next call tries again: the database may be available by then
      throw error;
    }
  };
  const load = (): Promise<LoadedIdentity> => {
    loading ??= open();
    return loading;
  };
  const users = (kysely as unknown as Kysely<{ users: { id: string } }>).selectFrom('users');
  return {
    load: async () => void (await load()),
    waitingPasswords: () => loaded?.waitingPasswords() ?? 0,
    hasUsers: async () => (await users.select('id').limit(1).executeTakeFirst()) !== undefined,
    createUser: async (...given) => (await load()).createUser(...given),
    findUserByEmail: async (...given) => (await load()).findUserByEmail(...given),
    findUsersOf: async (...given) => (await load()).findUsersOf(...given),
    findUser: async (...given) => (await load()).findUser(...given),
    connectProvider: async (...given) => (await load()).connectProvider(...given),
    hasProvider: async (...given) => (await load()).hasProvider(...given),
    signIn: async (...given) => (await load()).signIn(...given),
    signInByProvider: async (...given) => (await load()).signInByProvider(...given),
    findPendingSignIn: async (...given) => (await load()).findPendingSignIn(...given),
    confirmSignIn: async (...given) => (await load()).confirmSignIn(...given),
    findSecondFactor: async (...given) => (await load()).findSecondFactor(...given),
    prepareSecondFactor: async (...given) => (await load()).prepareSecondFactor(...given),
    enableSecondFactor: async (...given) => (await load()).enableSecondFactor(...given),
    renewBackupCodes: async (...given) => (await load()).renewBackupCodes(...given),
    disableSecondFactor: async (...given) => (await load()).disableSecondFactor(...given),
    removeSecondFactor: async (...given) => (await load()).removeSecondFactor(...given),
    createSession: async (...given) => (await load()).createSession(...given),
    findSession: async (...given) => (await load()).findSession(...given),
    listSessions: async (...given) => (await load()).listSessions(...given),
    revokeSession: async (...given) => (await load()).revokeSession(...given),
    verifyPassword: async (...given) => (await load()).verifyPassword(...given),
    changePassword: async (...given) => (await load()).changePassword(...given),
    rememberBrowser: async (...given) => (await load()).rememberBrowser(...given),
    findKnownBrowser: async (...given) => (await load()).findKnownBrowser(...given),
    resetPassword: async (...given) => (await load()).resetPassword(...given),
    findPasswordReset: async (...given) => (await load()).findPasswordReset(...given),
    acceptPasswordReset: async (...given) => (await load()).acceptPasswordReset(...given),
    requestDevice: async (...given) => (await load()).requestDevice(...given),
    findDevice: async (...given) => (await load()).findDevice(...given),
    decideDevice: async (...given) => (await load()).decideDevice(...given),
    pollDevice: async (...given) => (await load()).pollDevice(...given),
    cancelDevice: async (...given) => (await load()).cancelDevice(...given),
  };
}
