import { randomBytes } from 'node:crypto';
import type { Identity, NewUser, ProviderAccount, User } from '@auraimage/ports';
import type { Auth } from './auth.js';
import type { Passwords } from './password-queue.js';

/** A user's row, as better-auth returns it. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly accountId: string;
  readonly role: string;
  readonly credentialResets: number;
}

export function userOf({ id, email, name, accountId, role }: UserRow): User {
  return { id, accountId, email, name, role: role === 'admin' ? 'admin' : 'member' };
}

/** Of a user's password, among the providers of credentials. The others are issuers of OpenID Connect. */
export const PASSWORD = 'credential';

export type Users = Pick<
  Identity,
  'createUser' | 'findUser' | 'findUserByEmail' | 'findUsersOf' | 'connectProvider' | 'hasProvider'
>;

export async function createUsers(
  { $context }: Auth,
  passwords: Pick<Passwords, 'hash'>,
): Promise<Users> {
  const { adapter } = await $context;

  const findUser = async (field: 'id' | 'email', value: string): Promise<User | null> => {
    const row = await adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });
    return row && userOf(row);
  };

  const findOwner = (account: ProviderAccount) =>
    adapter.findOne<{ readonly userId: string }>({ model: 'account', where: keyOf(account) });

  async function hasProvider(userId: string, issuer: string): Promise<boolean> {
    const where = [
      { field: 'userId', value: userId },
      { field: 'providerId', value: issuer },
    ];
    return (await adapter.count({ model: 'account', where })) > 0;
  }

  async function insert({ password: text, provider, ...fields }: NewUser): Promise<User> {
    // Without a password: one that nobody knows.
    const hash = await passwords.hash(text ?? randomBytes(32).toString('base64url'));
    const now = new Date();
    const times = { createdAt: now, updatedAt: now };
    return adapter.transaction(async (trx) => {
      const data = { ...fields, emailVerified: false, ...times };
      const row = await trx.create<typeof data, UserRow>({ model: 'user', data });
      const credential = { userId: row.id, providerId: PASSWORD, accountId: row.id };
      await trx.create({ model: 'account', data: { ...credential, password: hash, ...times } });
      if (provider !== undefined) {
        const link = linkOf(row.id, provider);
        await trx.create({ model: 'account', data: { ...link, ...times } });
      }
      return userOf(row);
    });
  }

  return {
    findUser: (id) => findUser('id', id),
    findUserByEmail: (email) => findUser('email', email),
    async findUsersOf(accountIds) {
      if (accountIds.length === 0) return [];
      const where = [{ field: 'accountId', operator: 'in' as const, value: [...accountIds] }];
      // Without a limit, the library returns the first hundred.
      const rows = await adapter.findMany<UserRow>({ model: 'user', where, limit: 1000 });
      return rows.map(userOf);
    },
    async connectProvider(userId, sessionId, account) {
      try {
        return await adapter.transaction(async (trx) => {
          // Locks the password: a concurrent reset waits for this connection, and then ends it.
          const own = [{ field: 'userId', value: userId }];
          const password = [...own, { field: 'providerId', value: PASSWORD }];
          const now = new Date();
          await trx.updateMany({ model: 'account', where: password, update: { updatedAt: now } });
          const session = [...own, { field: 'id', value: sessionId }];
          if ((await trx.count({ model: 'session', where: session })) === 0) return 'ended';
          const data = { ...linkOf(userId, account), createdAt: now, updatedAt: now };
          await trx.create({ model: 'account', data });
          return 'connected';
        });
      } catch (error) {
        // The account is unique in the database, and so is the issuer among the user's.
        const owner = await findOwner(account);
        if (owner === null && !(await hasProvider(userId, account.issuer))) throw error;
        return owner?.userId === userId ? 'connected' : 'taken';
      }
    },
    hasProvider,
    async createUser(user) {
      if ((await findUser('email', user.email)) !== null) return 'email_taken';
      try {
        return await insert(user);
      } catch (error) {
        // Both are unique in the database: a concurrent request may have created the user.
        if ((await findUser('email', user.email)) !== null) return 'email_taken';
        if (user.provider && (await findOwner(user.provider)) !== null) return 'email_taken';
        throw error;
      }
    },
  };
}

function linkOf(userId: string, { issuer, subject }: ProviderAccount) {
  return { userId, providerId: issuer, accountId: subject };
}

export function keyOf({ issuer, subject }: ProviderAccount) {
  return [
    { field: 'providerId', value: issuer },
    { field: 'accountId', value: subject },
  ];
}
