import { randomBytes } from 'node:crypto';
import {
  type ClientInfo,
  type Identity,
  isStorageFailure,
  type NewSession,
  type PendingSignIn,
  type ProviderAccount,
  type Session,
} from '@auraimage/ports';
import { type Auth, SESSION_SECONDS } from './auth.js';
import type { Passwords } from './password-queue.js';
import type { SecondFactors } from './second-factors.js';
import { keyOf, PASSWORD, type UserRow, userOf } from './users.js';

/** A used session is extended at most once an hour. */
const RENEW_AFTER_MS = 3_600_000;
/** Most sessions of one user. One more ends the least recently used one. */
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
type Transaction = Omit<Context['adapter'], 'transaction'>;

export type Sessions = Pick<
  Identity,
  | 'signIn'
  | 'signInByProvider'
  | 'confirmSignIn'
  | 'createSession'
  | 'findSession'
  | 'listSessions'
  | 'revokeSession'
  | 'changePassword'
>;

interface NewSessionOf {
  readonly user: UserRow;
  readonly credential: {
    readonly id: string;
    readonly password?: string | null | undefined;
  } | null;
  readonly client: ClientInfo;
  /** The account at a provider that the user has signed in with. */
  readonly account?: ProviderAccount;
}

export async function createSessions(
  { $context }: Auth,
  passwords: Pick<Passwords, 'hash' | 'verify'>,
  secondFactors: Pick<SecondFactors, 'begin' | 'check'>,
): Promise<Sessions> {
  const { adapter, internalAdapter } = await $context;
  /** Verified for an unknown email address, so that it takes as long as a known one. */
  const dummyHash = await passwords.hash(randomBytes(16).toString('hex'));

  async function insert(trx: Transaction, user: UserRow, client: ClientInfo): Promise<NewSession> {
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
    await endOldest(trx, user.id);
    const row = await trx.create<typeof data, SessionRow>({ model: 'session', data });
    await seen(trx, user.id, now);
    return { token, session: sessionOf(row), user: userOf(user) };
  }

  const seen = (trx: Transaction, userId: string, at: Date) =>
    trx.updateMany({
      model: 'user',
      where: [isId(userId)],
      update: { lastSeenAt: at.getTime() },
    });

  /** Ends a user's least recently used sessions before a new one: bounds the rows, however often somebody signs in. */
  async function endOldest(trx: Transaction, userId: string): Promise<void> {
    const rows = await trx.findMany<SessionRow>({
      model: 'session',
      where: [{ field: 'userId', value: userId }],
      sortBy: { field: 'updatedAt', direction: 'desc' },
      limit: 10,
      offset: MAX_SESSIONS - 1,
    });
    for (const { id } of rows) await trx.deleteMany({ model: 'session', where: [isId(id)] });
  }

  /**
   * Creates a session, unless the user has a password that has changed meanwhile, or no longer this account at a
   * provider.
   */
  function insertUnlessChanged({
    user,
    credential,
    client,
    account,
  }: NewSessionOf): Promise<NewSession | null> {
    const hash = credential?.password;
    if (!credential || !hash) return insert(adapter, user, client);
    return adapter.transaction(async (trx) => {
      // Asked before the lock: what ends the connection changes the password as well.
      if (account !== undefined) {
        const link = [...keyOf(account), { field: 'userId', value: user.id }];
        if ((await trx.count({ model: 'account', where: link })) === 0) return null;
      }
      // The row is updated with the same value to lock it: a concurrent change waits for this session, and then
      // ends it.
      const where = [isId(credential.id), { field: 'password', value: hash }];
      const update = { password: hash };
      const unchanged = await trx.updateMany({ model: 'account', where, update });
      if (unchanged === 0) return null;
      return insert(trx, user, client);
    });
  }

  /** Signs a user in whose first step was right. */
  async function begin<Began extends NewSession | null>(
    user: UserRow,
    createSession: () => Promise<Began>,
  ): Promise<Began | PendingSignIn> {
    const pending = await secondFactors.begin(userOf(user));
    if (pending !== null) return pending;
    const began = await createSession();
    if (began === null) return began;
    // When the second factor was turned on meanwhile, that has ended the sessions before this one.
    const late = await secondFactors.begin(began.user);
    if (late === null) return began;
    await adapter.deleteMany({ model: 'session', where: [isId(began.session.id)] });
    return late;
  }

  const userRow = (field: 'id' | 'email', value: string) =>
    adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });

  const removeExpired = () =>
    adapter.deleteMany({
      model: 'session',
      where: [{ field: 'expiresAt', operator: 'lte', value: new Date() }],
    });

  return {
    async signIn(email, given, client, turn) {
      const user = await userRow('email', email);
      const credential = await internalAdapter.findCredentialAccount(user?.id ?? '');
      const hash = credential?.password ?? dummyHash;
      const matches = await passwords.verify({ hash, password: given }, turn);
      if (!matches || user === null || credential === null) return null;
      await removeExpired();
      return begin(user, () => insertUnlessChanged({ user, credential, client }));
    },

    async signInByProvider(account, client) {
      // Passwords are rows of the same table.
      if (account.issuer === PASSWORD) return null;
      const where = keyOf(account);
      const link = await adapter.findOne<{ userId: string }>({ model: 'account', where });
      const user = link && (await userRow('id', link.userId));
      if (user === null) return null;
      const credential = await internalAdapter.findCredentialAccount(user.id);
      return begin(user, () => insertUnlessChanged({ user, credential, client, account }));
    },

    async confirmSignIn(pendingToken, code, client) {
      const checked = await secondFactors.check(pendingToken, code);
      if (checked === null || typeof checked === 'string') return checked;
      const user = await userRow('id', checked.user.id);
      const credential = await internalAdapter.findCredentialAccount(checked.user.id);
      const began = user && (await insertUnlessChanged({ user, credential, client }));
      return began && { ...began, by: checked.by };
    },

    async createSession(userId, client) {
      const user = await userRow('id', userId);
      if (user === null) throw new Error('unknown user');
      return begin(user, () => insert(adapter, user, client));
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

    async revokeSession(userId, sessionId) {
      const where = [isId(sessionId), { field: 'userId', value: userId }, isLive()];
      return (await adapter.deleteMany({ model: 'session', where })) > 0;
    },

    async changePassword(userId, current, next, keepSessionId) {
      const credential = await internalAdapter.findCredentialAccount(userId);
      const hash = credential?.password ?? dummyHash;
      const turn = { caller: userId, isKnown: true };
      const matches = await passwords.verify({ hash, password: current }, turn);
      if (!matches || credential === null) return 'wrong_password';
      const update = { password: await passwords.hash(next), updatedAt: new Date() };
      return adapter.transaction(async (trx) => {
        const unchanged = [isId(credential.id), { field: 'password', value: hash }];
        const changed = await trx.updateMany({ model: 'account', where: unchanged, update });
        if (changed === 0) return 'wrong_password';
        const others = [
          { field: 'userId', value: userId },
          { field: 'id', operator: 'ne' as const, value: keepSessionId },
        ];
        await trx.deleteMany({ model: 'session', where: others });
        return 'changed';
      });
    },
  };

  /** Without the renewal on a full disk and in a database that is closed for changes, which must not lock users out. */
  async function renewed(row: SessionRow): Promise<SessionRow> {
    const now = new Date();
    if (now.getTime() - row.updatedAt.getTime() < RENEW_AFTER_MS) return row;
    const update = { updatedAt: now, expiresAt: afterNow(SESSION_SECONDS) };
    // Of many concurrent requests, one writes.
    const where = [isId(row.id), { field: 'updatedAt', value: row.updatedAt }];
    try {
      const updated = await adapter.updateMany({ model: 'session', where, update });
      if (updated > 0) await seen(adapter, row.userId, now);
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      return row;
    }
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
