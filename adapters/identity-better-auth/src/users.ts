import type { Identity, NewUser, User } from '@auraimage/ports';
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

export type Users = Pick<Identity, 'createUser' | 'findUser' | 'findUserByEmail' | 'findUsersOf'>;

export async function createUsers(
  { $context }: Auth,
  passwords: Pick<Passwords, 'hash'>,
): Promise<Users> {
  const { adapter } = await $context;

  const findUser = async (field: 'id' | 'email', value: string): Promise<User | null> => {
    const row = await adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });
    return row && userOf(row);
  };

  async function insert({ password: text, ...fields }: NewUser): Promise<User> {
    const hash = await passwords.hash(text);
    const now = new Date();
    const times = { createdAt: now, updatedAt: now };
    return adapter.transaction(async (trx) => {
      const data = { ...fields, emailVerified: false, ...times };
      const row = await trx.create<typeof data, UserRow>({ model: 'user', data });
      const credential = { userId: row.id, providerId: 'credential', accountId: row.id };
      await trx.create({ model: 'account', data: { ...credential, password: hash, ...times } });
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
    async createUser(user) {
      if ((await findUser('email', user.email)) !== null) return 'email_taken';
      try {
        return await insert(user);
      } catch (error) {
        // The email is unique in the database: a concurrent request may have created the user.
        if ((await findUser('email', user.email)) !== null) return 'email_taken';
        throw error;
      }
    },
  };
}
