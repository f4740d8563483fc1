import { randomUUID } from 'node:crypto';
import type { User } from '@auraimage/ports';
import type { SqlRecords } from '@auraimage/records-sql';

/** Tables of another adapter. Both dialects convert the texts. */
type UserTables = {
  users: Record<'id' | 'account_id' | 'email' | 'email_verified' | 'name' | 'role', string> &
    Record<'created_at' | 'updated_at', string>;
  sessions: Record<'id' | 'user_id' | 'token_hash' | 'address' | 'user_agent', string> &
    Record<'created_at' | 'updated_at' | 'expires_at', string>;
};

/** A user in an account of its own. @returns its id */
export async function makeUser(records: SqlRecords): Promise<string> {
  return (await makePerson(records, randomUUID(), 'member')).id;
}

/** An administrator in an account of its own. @returns the account's id */
export async function makeAdmin(records: SqlRecords): Promise<string> {
  return (await makePerson(records, randomUUID(), 'admin')).accountId;
}

/** A user with this name, and an email of it, in an account of its own. */
export async function makePerson(
  { kysely, registry }: SqlRecords,
  name: string,
  role: User['role'],
): Promise<User> {
  const now = new Date().toISOString();
  const facts = { id: randomUUID(), email: `${name}@example.com`, name, role };
  const accountId = await registry.createAccount();
  const times = { created_at: now, updated_at: now };
  const row = { ...facts, account_id: accountId, email_verified: '0', ...times };
  await kysely.withTables<UserTables>().insertInto('users').values(row).execute();
  return { ...facts, accountId };
}

/** @param expiresAt Unix milliseconds */
export async function makeSession(
  { kysely }: SqlRecords,
  user_id: string,
  expiresAt: number,
): Promise<void> {
  const expires_at = new Date(expiresAt).toISOString();
  const times = { created_at: expires_at, updated_at: expires_at, expires_at };
  const id = randomUUID();
  const row = { id, user_id, token_hash: id, address: '', user_agent: '', ...times };
  await kysely.withTables<UserTables>().insertInto('sessions').values(row).execute();
}

export async function countSessions({ kysely }: SqlRecords, userId: string): Promise<number> {
  const sessions = kysely.withTables<UserTables>().selectFrom('sessions');
  return (await sessions.select('id').where('user_id', '=', userId).execute()).length;
}
