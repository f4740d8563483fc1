import { describe, expect, it } from 'vitest';
import type { Identity, NewSession, NewUser, PendingSignIn, User } from '../index.js';

const PASSWORD = 'correct horse battery staple';
const CLIENT = { address: '203.0.113.7', userAgent: 'Firefox' };
const TURN = {
  caller: CLIENT.address,
  isKnown: false,
  // In workerd, a signal belongs to the request that made it.
  get signal() {
    return new AbortController().signal;
  },
};

interface ProviderSetup {
  readonly identity: Identity;
  readonly other: Identity;
  newUser(): NewUser;
  makeUser(facts?: Partial<NewUser>): Promise<User>;
  begin(user: User): Promise<NewSession>;
}

/** Declares the part of `describeIdentity` about accounts at sign-in providers. */
export function describeProviderAccounts(setUp: () => ProviderSetup): void {
  describe('a user who signs in at a provider', () => {
    const account = { issuer: 'https://accounts.example', subject: 'ada-at-the-provider' };
    const { issuer } = account;
    const byProvider = (given = account) => setUp().other.signInByProvider(given, CLIENT);
    const connect = async (user: User, given = account) => {
      const { session } = await setUp().begin(user);
      return setUp().identity.connectProvider(user.id, session.id, given);
    };

    it('is found by the account there, and has no password until a reset, which ends that', async () => {
      const user = await setUp().makeUser({ password: null, provider: account });
      const began = signedIn(await byProvider());
      expect(began.user).toEqual(user);
      expect(await setUp().identity.findSession(began.token)).toMatchObject({ user });
      expect(await setUp().identity.hasProvider(user.id, issuer)).toBe(true);
      expect(await setUp().identity.signIn(user.email, '', CLIENT, TURN)).toBeNull();
      expect(await setUp().identity.rememberBrowser(user.id)).toMatch(/./);
      const reset = await setUp().identity.resetPassword(user.email);
      expect(await setUp().identity.findSession(began.token)).toBeNull();
      expect(await byProvider()).toBeNull();
      expect(await setUp().identity.hasProvider(user.id, issuer)).toBe(false);
      await setUp().identity.acceptPasswordReset(reset?.token ?? '', PASSWORD);
      expect(await setUp().identity.signIn(user.email, PASSWORD, CLIENT, TURN)).toHaveProperty(
        'token',
      );
    });

    it('is connected with one account of an issuer, which no other user gets', async () => {
      const user = await setUp().makeUser();
      const eve = await setUp().makeUser({ email: 'eve@example.com' });
      expect(await byProvider()).toBeNull();
      expect(await setUp().identity.hasProvider(user.id, issuer)).toBe(false);
      expect(await connect(user)).toBe('connected');
      expect(await connect(user)).toBe('connected');
      expect(await connect(eve)).toBe('taken');
      expect(await connect(user, { issuer, subject: 'another' })).toBe('taken');
      expect(signedIn(await byProvider()).user).toEqual(user);
      expect(await setUp().identity.hasProvider(user.id, issuer)).toBe(true);
      for (const other of [
        { issuer, subject: 'another' },
        { ...account, issuer: 'https://evil.example' },
        { issuer: 'credential', subject: user.id },
        { issuer: '', subject: '' },
      ]) {
        expect(await byProvider(other)).toBeNull();
      }
      expect(await setUp().identity.signIn(user.email, PASSWORD, CLIENT, TURN)).toHaveProperty(
        'token',
      );
    });

    it('is connected with one of two accounts that arrive at once', async () => {
      const user = await setUp().makeUser();
      const { session } = await setUp().begin(user);
      const outcomes = await Promise.all(
        ['a', 'b'].map((subject, at) => {
          const process = at === 0 ? setUp().identity : setUp().other;
          return process.connectProvider(user.id, session.id, { issuer, subject });
        }),
      );
      expect(outcomes.toSorted()).toEqual(['connected', 'taken']);
      const found = await Promise.all(['a', 'b'].map((subject) => byProvider({ issuer, subject })));
      expect(found.filter((each) => each !== null)).toHaveLength(1);
    });

    it('is made once for two accounts with one email that arrive at once', async () => {
      const made = await Promise.all(
        ['a', 'b'].map((subject, at) => {
          const process = at === 0 ? setUp().identity : setUp().other;
          const provider = { issuer, subject };
          return process.createUser({ ...setUp().newUser(), password: null, provider });
        }),
      );
      expect(made.filter((each) => each === 'email_taken')).toHaveLength(1);
    });

    it('is not connected in a session that has ended', async () => {
      const user = await setUp().makeUser();
      const { session } = await setUp().begin(user);
      await setUp().identity.resetPassword(user.email);
      expect(await setUp().identity.connectProvider(user.id, session.id, account)).toBe('ended');
      expect(await byProvider()).toBeNull();
    });

    it('knows their password', async () => {
      const { id } = await setUp().makeUser();
      expect(await setUp().identity.verifyPassword(id, PASSWORD)).toBe(true);
      expect(await setUp().identity.verifyPassword(id, 'another password')).toBe(false);
    });
  });
}

/** The session of a sign-in that needs no second step. */
function signedIn(began: NewSession | PendingSignIn | null): NewSession {
  if (began === null || 'pendingToken' in began) throw new Error('there is no session');
  return began;
}
