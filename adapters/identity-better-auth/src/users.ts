import type { Identity, NewUser, User } from '@auraimage/ports';
import type { Auth } from './auth.js';

/** A user's row, as better-auth gives it. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly accountId: string;
  readonly role: string;
}

export function userOf({ id, email, name, accountId, role }: UserRow): User {
  return { id, accountId, email, name, role: role === 'admin' ? 'admin' : 'member' };
}

export type Users = Pick<Identity, 'createUser' | 'findUser'>;

export async function createUsers({ $context }: Auth): Promise<Users> {
  const { adapter, password } = await $context;

  const findUser = async (field: 'id' | 'email', value: string): Promise<User | null> => {
    const row = await adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });
    return row && userOf(row);
  };

  async function insert({ password: text, ...facts }: NewUser): Promise<User> {
    const hash = await password.hash(text);
    const now = new Date();
    const stamps = { createdAt: now, updatedAt: now };
    return adapter.transaction(async (inside) => {
      const data = { ...facts, emailVerified: false, ...stamps };
      const row = await inside.create<typeof data, UserRow>({ model: 'user', data });
      const credential = { userId: row.id, providerId: 'credential', accountId: row.id };
      await inside.create({ model: 'account', data: { ...credential, password: hash, ...stamps } });
      return userOf(row);
    });
  }

  return {
    findUser: (id) => findUser('id', id),
    async createUser(user) {
      if ((await findUser('email', user.email)) !== null) return 'email_taken';
      try {
        return await insert(user);
      } catch (error) {
        // The email is unique in the database: somebody else may have been quicker.
        if ((await findUser('email', user.email)) !== null) return 'email_taken';
        throw error;
      }
    },
  };
}
