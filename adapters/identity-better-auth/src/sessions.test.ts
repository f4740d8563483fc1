import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { openSqliteRecords } from '@auraimage/records-sql';
import { afterEach, beforeEach, describe, expect, it, type Mock, onTestFinished, vi } from 'vitest';
import { createAuth } from './auth.js';
import { createPasswords, type Passwords } from './password-queue.js';
import type { SecondFactors } from './second-factors.js';
import { createSessions, type Sessions } from './sessions.js';
import { createUsers } from './users.js';

const PASSWORD = 'correct horse battery staple';
const CLIENT = { address: '203.0.113.7', userAgent: 'Firefox' };
const TURN = { caller: CLIENT.address, isKnown: false, signal: new AbortController().signal };

/** How much work a refusal takes, which the contract suite cannot see without a clock. */
describe('signing in', () => {
  let close: () => Promise<void>;
  let auth: ReturnType<typeof createAuth>;
  let sessions: Sessions;
  let verify: Mock<Passwords['verify']>;
  let begin: Mock<SecondFactors['begin']>;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aura-sessions-'));
    const masterKey = new Uint8Array(32).fill(1);
    const records = await openSqliteRecords({ file: join(folder, 'aura.db'), masterKey });
    auth = createAuth(records.kysely, { secret: 'x'.repeat(32), database: 'sqlite' });
    const accountId = await records.registry.createAccount();
    const facts = { accountId, email: 'ada@example.com', name: 'Ada', role: 'member' } as const;
    const passwords = createPasswords();
    await (await createUsers(auth, passwords)).createUser({ ...facts, password: PASSWORD });
    verify = vi.fn(passwords.verify);
    begin = vi.fn(async () => null);
    const secondFactors = { begin, check: async () => null };
    sessions = await createSessions(auth, { ...passwords, verify }, secondFactors);
    close = async () => {
      await records.close();
      await rm(folder, { recursive: true });
    };
  });
  afterEach(() => close());

  async function signIn() {
    const began = await sessions.signIn('ada@example.com', PASSWORD, CLIENT, TURN);
    if (began === null || !('token' in began)) throw new Error('refused');
    return began;
  }

  it('verifies a password for an unknown email address too', async () => {
    expect(await sessions.signIn('ada@example.com', 'wrong', CLIENT, TURN)).toBeNull();
    expect(verify).toHaveBeenCalledTimes(1);
    expect(await sessions.signIn('eve@example.com', 'wrong', CLIENT, TURN)).toBeNull();
    expect(verify).toHaveBeenCalledTimes(2);
    const hashes = verify.mock.calls.map(([{ hash }]) => hash.length);
    expect(new Set(hashes).size).toBe(1);
  });

  it('starts no session when the password changes during its verification', async () => {
    const { user, session } = await signIn();
    const real = verify.getMockImplementation();
    verify.mockImplementationOnce(async (...call) => {
      const right = (await real?.(...call)) ?? false;
      await sessions.changePassword(user.id, PASSWORD, 'another long password', session.id);
      return right;
    });
    expect(await sessions.signIn('ada@example.com', PASSWORD, CLIENT, TURN)).toBeNull();
    expect(await sessions.listSessions(user.id)).toHaveLength(1);
  });

  it('starts no session when the second factor is turned on meanwhile', async () => {
    const { user } = await signIn();
    const pending = { pendingToken: 'pending', expiresAt: Date.now() + 1000, user };
    begin.mockResolvedValueOnce(null).mockResolvedValueOnce(pending);
    const began = await sessions.signIn('ada@example.com', PASSWORD, CLIENT, TURN);
    expect(began).toEqual(pending);
    expect(await sessions.listSessions(user.id)).toHaveLength(1);
  });

  it.each([new StorageFullError(), new StorageUnavailableError('closed for changes')])(
    'stays signed in while a session cannot be renewed: %s',
    async (failure) => {
      const { token, session } = await signIn();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
      onTestFinished(() => void vi.useRealTimers());
      const { adapter } = await auth.$context;
      const update = vi.spyOn(adapter, 'updateMany');
      update.mockRejectedValueOnce(failure).mockRejectedValueOnce(new Error('a fault'));
      expect((await sessions.findSession(token))?.session).toEqual(session);
      await expect(sessions.findSession(token)).rejects.toThrow('a fault');
      const renewed = await sessions.findSession(token);
      expect(renewed?.session.lastUsedAt).toBe(Date.now());
    },
  );

  it('ends the least recently used of a hundred sessions', async () => {
    const { user, token } = await signIn();
    const next = () => sessions.createSession(user.id, CLIENT);
    for (let count = 1; count < 100; count++) await next();
    expect(await sessions.findSession(token)).not.toBeNull();
    const last = await next();
    expect(await sessions.findSession(token)).toBeNull();
    if (!('token' in last)) throw new Error('refused');
    expect(await sessions.findSession(last.token)).not.toBeNull();
    expect(await sessions.listSessions(user.id)).toHaveLength(100);
  });
});
