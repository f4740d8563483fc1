import { randomBytes } from 'node:crypto';
import type { ClientFacts, Identity, NewSession, Session } from '@auraimage/ports';
import { type Auth, SESSION_SECONDS } from './auth.js';
import { type UserRow, userOf } from './users.js';

/** Most writes about a session's use: one an hour. */
const RENEW_AFTER = 3_600_000;
/** Most sessions of one user: with one more, that used longest ago ends. */
const MAX_SESSIONS = 100;

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
}

type Context = Awaited<Auth['$context']>;
type Inside = Omit<Context['adapter'], 'transaction'>;

export type Sessions = Pick<
  Identity,
  'signIn' | 'beginSession' | 'findSession' | 'listSessions' | 'endSession' | 'changePassword'
>;

export async function createSessions({ $context }: Auth): Promise<Sessions> {
  const { adapter, internalAdapter, password } = await $context;
  /** Stands in for the password of nobody. */
  const decoy = await password.hash(randomBytes(16).toString('hex'));

  async function begin(inside: Inside, user: UserRow, client: ClientFacts): Promise<NewSession> {
    const token = randomBytes(32).toString('base64url');
    const now = new Date();
    const data = {
      token,
      userId: user.id,
      ipAddress: client.address,
      userAgent: client.userAgent,
      createdAt: now,
      updatedAt: now,
      expiresAt: afterNow(SESSION_SECONDS),
    };
    const row = await inside.create<typeof data, SessionRow>({ model: 'session', data });
    await endOldest(inside, user.id);
    return { token, session: sessionOf(row), user: userOf(user) };
  }

  /** Somebody who signs in over and over must not fill the database. */
  async function endOldest(inside: Inside, userId: string): Promise<void> {
    const rows = await inside.findMany<SessionRow>({
      model: 'session',
      where: [{ field: 'userId', value: userId }],
      sortBy: { field: 'updatedAt', direction: 'desc' },
      limit: 10,
      offset: MAX_SESSIONS,
    });
    for (const { id } of rows) await inside.deleteMany({ model: 'session', where: [isId(id)] });
  }

  const userRow = (field: 'id' | 'email', value: string) =>
    adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });

  const removeEnded = () =>
    adapter.deleteMany({
      model: 'session',
      where: [{ field: 'expiresAt', operator: 'lte', value: new Date() }],
    });

  return {
    async signIn(email, text, client) {
      const user = await userRow('email', email);
      const credential = await internalAdapter.findCredentialAccount(user?.id ?? '');
      const hash = credential?.password ?? decoy;
      const right = await password.verify({ hash, password: text });
      if (!right || user === null || credential === null) return null;
      await removeEnded();
      return adapter.transaction(async (inside) => {
        // A password that was changed meanwhile begins nothing. The row is written as it is, not read: who
        // changes it now waits for the session, and then ends it.
        const where = [isId(credential.id), { field: 'password', value: hash }];
        const update = { password: hash };
        const still = await inside.updateMany({ model: 'account', where, update });
        return still === 0 ? null : begin(inside, user, client);
      });
    },

    async beginSession(userId, client) {
      const user = await userRow('id', userId);
      if (user === null) throw new Error('there is no such user');
      return begin(adapter, user, client);
    },

    async findSession(token) {
      const where = [{ field: 'token', value: token }];
      const row = await adapter.findOne<SessionRow>({ model: 'session', where });
      if (row === null || row.expiresAt.getTime() <= Date.now()) return null;
      const user = await userRow('id', row.userId);
      if (user === null) return null;
      return { session: sessionOf(await renewed(row)), user: userOf(user) };
    },

    async listSessions(userId) {
      const rows = await adapter.findMany<SessionRow>({
        model: 'session',
        where: [{ field: 'userId', value: userId }, isLive()],
        sortBy: { field: 'updatedAt', direction: 'desc' },
        limit: MAX_SESSIONS,
      });
      return rows.map(sessionOf);
    },

    async endSession(userId, sessionId) {
      const where = [isId(sessionId), { field: 'userId', value: userId }, isLive()];
      return (await adapter.deleteMany({ model: 'session', where })) > 0;
    },

    async changePassword(userId, current, next, keepSessionId) {
      const credential = await internalAdapter.findCredentialAccount(userId);
      const hash = credential?.password ?? decoy;
      const right = await password.verify({ hash, password: current });
      if (!right || credential === null) return 'wrong_password';
      const update = { password: await password.hash(next), updatedAt: new Date() };
      return adapter.transaction(async (inside) => {
        const still = [isId(credential.id), { field: 'password', value: hash }];
        const changed = await inside.updateMany({ model: 'account', where: still, update });
        if (changed === 0) return 'wrong_password';
        const others = [
          { field: 'userId', value: userId },
          { field: 'id', operator: 'ne' as const, value: keepSessionId },
        ];
        await inside.deleteMany({ model: 'session', where: others });
        return 'changed';
      });
    },
  };

  async function renewed(row: SessionRow): Promise<SessionRow> {
    const now = new Date();
    if (now.getTime() - row.updatedAt.getTime() < RENEW_AFTER) return row;
    const update = { updatedAt: now, expiresAt: afterNow(SESSION_SECONDS) };
    // Of many requests at once, one writes.
    const where = [isId(row.id), { field: 'updatedAt', value: row.updatedAt }];
    await adapter.updateMany({ model: 'session', where, update });
    return { ...row, ...update };
  }
}

function sessionOf({ id, userId, ipAddress, userAgent, ...times }: SessionRow): Session {
  return {
    id,
    userId,
    createdAt: times.createdAt.getTime(),
    lastUsedAt: times.updatedAt.getTime(),
    expiresAt: times.expiresAt.getTime(),
    address: ipAddress,
    userAgent,
  };
}

function isId(value: string) {
  return { field: 'id', value };
}

function isLive() {
  return { field: 'expiresAt', operator: 'gt' as const, value: new Date() };
}

function afterNow(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}
