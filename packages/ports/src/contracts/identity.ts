import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Identity, NewSession, NewUser, PendingSignIn, User } from '../index.js';
import { describeDevices } from './identity-devices.js';
import { describeProviderAccounts } from './identity-provider.js';
import { describeSecondFactor } from './identity-second-factor.js';

/** A database with one account and no user. */
export interface IdentitySetup {
  readonly identity: Identity;
  /** The same users through another connection, as another process has it. */
  readonly other: Identity;
  readonly accountId: string;
  /** Advances the clock of the adapter. */
  advance(seconds: number): void;
  /** The time of that clock, in Unix milliseconds. */
  now(): number;
  close(): Promise<void>;
}

const PASSWORD = 'correct horse battery staple';
const CLIENT = { address: '203.0.113.7', userAgent: 'Firefox' };
const DAY = 86_400;
const TURN = {
  caller: CLIENT.address,
  isKnown: false,
  // In workerd, a signal belongs to the request that made it.
  get signal() {
    return new AbortController().signal;
  },
};

/** Declares the suite of `Identity`. Every test gets its own `setUp`. */
export function describeIdentity(name: string, setUp: () => Promise<IdentitySetup>): void {
  describe(`${name} as Identity`, () => {
    let setup: IdentitySetup;
    let identity: Identity;
    beforeEach(async () => {
      setup = await setUp();
      identity = setup.identity;
    });
    afterEach(() => setup.close());

    const newUser = (facts: Partial<NewUser> = {}): NewUser => ({
      accountId: setup.accountId,
      email: 'ada@example.com',
      name: 'Ada',
      password: PASSWORD,
      role: 'member',
      ...facts,
    });
    const makeUser = (facts?: Partial<NewUser>) => makeUserOf(identity, newUser(facts));
    const begin = async (user: User) => signedIn(await identity.createSession(user.id, CLIENT));

    describe('users', () => {
      it('are found as they were created, in every process', async () => {
        expect(await identity.hasUsers()).toBe(false);
        const user = await makeUser({ role: 'admin' });
        const { password, ...facts } = newUser({ role: 'admin' });
        expect(user).toEqual({ ...facts, id: expect.stringMatching(/./) });
        expect(await setup.other.hasUsers()).toBe(true);
        expect(await setup.other.findUser(user.id)).toEqual(user);
        expect(await setup.other.findUserByEmail(user.email)).toEqual(user);
        expect(await setup.other.findUsersOf([setup.accountId, 'none'])).toEqual([user]);
        expect(await identity.findUsersOf(['none', user.id])).toEqual([]);
        expect(await identity.findUsersOf([])).toEqual([]);
      });

      it('are not found by any other id', async () => {
        await makeUser();
        for (const id of ['', ' ', "' OR 1=1 --", '%', '__proto__']) {
          expect(await identity.findUser(id), id).toBeNull();
          expect(await identity.findUserByEmail(id), id).toBeNull();
        }
      });

      it('have a unique email address, also in concurrent requests', async () => {
        const made = await Promise.all([
          identity.createUser(newUser()),
          setup.other.createUser(newUser({ name: 'Eve' })),
        ]);
        expect(made.filter((user) => user === 'email_taken')).toHaveLength(1);
        expect(await identity.createUser(newUser())).toBe('email_taken');
      });
    });

    describe('signing in', () => {
      it('starts a session that every process finds', async () => {
        const user = await makeUser();
        const began = signedIn(await identity.signIn(user.email, PASSWORD, CLIENT, TURN));
        expect(began.user).toEqual(user);
        expect(began.session).toMatchObject({ userId: user.id, ...CLIENT });
        expect(began.session.expiresAt - began.session.createdAt).toBe(30 * DAY * 1000);
        const found = await setup.other.findSession(began.token);
        expect(found).toEqual({ session: began.session, user });
      });

      it('refuses any other password and email address', async () => {
        const { email } = await makeUser();
        for (const wrong of ['', PASSWORD.toUpperCase(), `${PASSWORD} `, 'x'.repeat(128)]) {
          expect(await identity.signIn(email, wrong, CLIENT, TURN), wrong).toBeNull();
        }
        expect(await identity.signIn('eve@example.com', PASSWORD, CLIENT, TURN)).toBeNull();
        expect(await identity.signIn("' OR 1=1 --", PASSWORD, CLIENT, TURN)).toBeNull();
      });

      it('creates unique tokens and ids', async () => {
        const user = await makeUser();
        const began = await Promise.all(Array.from({ length: 10 }, () => begin(user)));
        const texts = began.flatMap(({ token, session }) => [token, session.id]);
        expect(new Set(texts).size).toBe(20);
        for (const { token } of began) expect(token.length).toBeGreaterThanOrEqual(32);
      });
    });

    describe('sessions', () => {
      it('are found only by their token', async () => {
        const { token, session } = await begin(await makeUser());
        const shown = JSON.stringify(await identity.findSession(token));
        expect(shown).not.toContain(token);
        for (const text of ['', session.id, token.slice(1), `${token}\0`, token.toUpperCase()]) {
          expect(await identity.findSession(text), text).toBeNull();
        }
      });

      it('end after 30 days without use', async () => {
        const { token } = await begin(await makeUser());
        setup.advance(30 * DAY - 1);
        expect(await setup.other.findSession(token)).not.toBeNull();
        setup.advance(30 * DAY);
        expect(await identity.findSession(token)).toBeNull();
        expect(await identity.findSession(token)).toBeNull();
      });

      it('are extended by use, recorded once an hour', async () => {
        const { token, session } = await begin(await makeUser());
        setup.advance(3599);
        expect((await identity.findSession(token))?.session).toEqual(session);
        setup.advance(1);
        const used = (await identity.findSession(token))?.session;
        expect(used?.lastUsedAt).toBe(session.createdAt + 3_600_000);
        expect(used?.expiresAt).toBe(session.expiresAt + 3_600_000);
        expect((await setup.other.findSession(token))?.session).toEqual(used);
      });

      it('are listed, the last used first, without ended ones', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        await begin(eve);
        expect(await identity.listSessions(user.id)).toEqual([]);
        const first = await begin(user);
        setup.advance(DAY);
        const second = await begin(user);
        expect(await identity.listSessions(user.id)).toEqual([second.session, first.session]);
        setup.advance(29 * DAY);
        expect(await setup.other.listSessions(user.id)).toEqual([second.session]);
      });

      it('are revoked once, only by their user', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        const { token, session } = await begin(user);
        expect(await identity.revokeSession(eve.id, session.id)).toBe(false);
        expect(await identity.revokeSession(user.id, 'another')).toBe(false);
        expect(await identity.revokeSession(user.id, session.id)).toBe(true);
        expect(await setup.other.findSession(token)).toBeNull();
        expect(await identity.revokeSession(user.id, session.id)).toBe(false);
      });
    });

    describe('a password', () => {
      const next = 'another long password';

      it('is changed with the current one, and every other session ends', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        const [own, stolen, hers] = [await begin(user), await begin(user), await begin(eve)];
        const change = (current: string) =>
          identity.changePassword(user.id, current, next, own.session.id);
        expect(await change('wrong password')).toBe('wrong_password');
        expect(await identity.findSession(stolen.token)).not.toBeNull();
        expect(await change(PASSWORD)).toBe('changed');
        expect(await setup.other.findSession(stolen.token)).toBeNull();
        expect(await setup.other.findSession(own.token)).not.toBeNull();
        expect(await setup.other.findSession(hers.token)).not.toBeNull();
        expect(await setup.other.signIn(user.email, PASSWORD, CLIENT, TURN)).toBeNull();
        expect(await setup.other.signIn(user.email, next, CLIENT, TURN)).not.toBeNull();
      });

      it('is changed by one of two concurrent requests', async () => {
        const user = await makeUser();
        const { session } = await begin(user);
        const outcomes = await Promise.all([
          identity.changePassword(user.id, PASSWORD, 'the first new password', session.id),
          setup.other.changePassword(user.id, PASSWORD, 'the second new password', session.id),
        ]);
        expect(outcomes.sort()).toEqual(['changed', 'wrong_password']);
      });

      it('of an unknown user cannot be changed', async () => {
        expect(await identity.changePassword('nobody', PASSWORD, next, '')).toBe('wrong_password');
      });
    });

    describe('a browser in which a user has signed in', () => {
      it('is known for the email of the user only, in every process', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        const [first, second] = [
          await identity.rememberBrowser(user.id),
          await identity.rememberBrowser(user.id),
        ];
        const hers = await identity.rememberBrowser(eve.id);
        const known = (email: string, ...texts: string[]) =>
          setup.other.findKnownBrowser(email, texts);
        expect(first).toMatch(/^[\w.-]{32,200}$/);
        expect(second).not.toBe(first);
        expect(await known(user.email, first)).toBe(first);
        expect(await known(user.email, hers, second, first)).toBe(second);
        expect(await known(eve.email, first, second)).toBeNull();
        expect(await known('nobody@example.com', first, hers)).toBeNull();
      });

      it('is not known by any other text', async () => {
        const user = await makeUser();
        const text = await identity.rememberBrowser(user.id);
        const later = text.replace(/\.(\d+)\./, (_, time: string) => `.${Number(time) + 1}.`);
        for (const other of ['', '.', '..', '...', `${text}.`, text.slice(0, -1), later, user.id]) {
          expect(await identity.findKnownBrowser(user.email, [other]), other).toBeNull();
        }
        expect(await identity.findKnownBrowser(user.email, [])).toBeNull();
      });

      it('is known for a year', async () => {
        const user = await makeUser();
        const text = await identity.rememberBrowser(user.id);
        setup.advance(365 * DAY - 1);
        expect(await identity.findKnownBrowser(user.email, [text])).toBe(text);
        setup.advance(2);
        expect(await identity.findKnownBrowser(user.email, [text])).toBeNull();
      });

      it('is unknown once the password has changed or was reset', async () => {
        const user = await makeUser();
        const { session } = await begin(user);
        const text = await identity.rememberBrowser(user.id);
        await identity.changePassword(user.id, PASSWORD, 'another long password', session.id);
        expect(await setup.other.findKnownBrowser(user.email, [text])).toBeNull();
        const next = await identity.rememberBrowser(user.id);
        await setup.other.resetPassword(user.email);
        expect(await identity.findKnownBrowser(user.email, [next])).toBeNull();
      });
    });

    describe('a password reset', () => {
      const next = 'another long password';
      const reset = async (user: User, by = identity) => {
        const made = await by.resetPassword(user.email);
        if (made === null) throw new Error('no such user');
        return made;
      };

      it('makes the password unusable and ends every session of the user', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        const [own, hers] = [await begin(user), await begin(eve)];
        const before = Date.now();
        const { token, ...facts } = await reset(user);
        expect(facts.user).toEqual(user);
        expect(facts.expiresAt).toBeGreaterThanOrEqual(before + DAY * 1000 - 1000);
        expect(facts.expiresAt).toBeLessThanOrEqual(Date.now() + DAY * 1000);
        expect(await setup.other.findSession(own.token)).toBeNull();
        expect(await setup.other.findSession(hers.token)).not.toBeNull();
        expect(await setup.other.signIn(user.email, PASSWORD, CLIENT, TURN)).toBeNull();
        expect(await setup.other.findPasswordReset(token)).toEqual(facts);
      });

      it('ends what the user has approved and no device has redeemed', async () => {
        const user = await makeUser();
        const eve = await makeUser({ email: 'eve@example.com' });
        const own = await identity.requestDevice('laptop', CLIENT.address);
        const hers = await identity.requestDevice('desktop', CLIENT.address);
        await identity.decideDevice(own.userCode, user.id, { tokenExpiresAt: null });
        await identity.decideDevice(hers.userCode, eve.id, { tokenExpiresAt: null });
        await reset(user, setup.other);
        expect(await identity.pollDevice(own.deviceCode)).toEqual({ status: 'expired' });
        expect(await identity.pollDevice(hers.deviceCode)).toMatchObject({ user: eve });
      });

      it('sets a new password once', async () => {
        const user = await makeUser();
        const { token } = await reset(user);
        const outcomes = await Promise.all([
          identity.acceptPasswordReset(token, next),
          setup.other.acceptPasswordReset(token, next),
        ]);
        expect(outcomes.filter((outcome) => outcome !== null)).toEqual([user]);
        expect(await identity.findPasswordReset(token)).toBeNull();
        expect(await identity.acceptPasswordReset(token, PASSWORD)).toBeNull();
        expect(await setup.other.signIn(user.email, next, CLIENT, TURN)).not.toBeNull();
      });

      it('is over after a day, and with the next one', async () => {
        const user = await makeUser();
        const first = await reset(user);
        const second = await reset(user, setup.other);
        expect(await identity.findPasswordReset(first.token)).toBeNull();
        expect(await identity.acceptPasswordReset(first.token, next)).toBeNull();
        setup.advance(DAY - 1);
        expect(await identity.findPasswordReset(second.token)).not.toBeNull();
        setup.advance(2);
        expect(await identity.findPasswordReset(second.token)).toBeNull();
        expect(await identity.acceptPasswordReset(second.token, next)).toBeNull();
      });

      it('is not one by any other text, nor for an unknown email address', async () => {
        const user = await makeUser();
        const { token } = await reset(user);
        const eve = await makeUser({ email: 'eve@example.com' });
        const forEve = token.replace(user.id, eve.id);
        const browser = await identity.rememberBrowser(user.id);
        for (const other of ['', '..', token.slice(0, -1), `${token}.`, forEve, browser]) {
          expect(await identity.findPasswordReset(other), other).toBeNull();
          expect(await identity.acceptPasswordReset(other, next), other).toBeNull();
        }
        expect(await identity.findKnownBrowser(user.email, [token])).toBeNull();
        expect(await identity.resetPassword('nobody@example.com')).toBeNull();
      });
    });

    describeDevices(() => ({ ...setup, makeUser }));
    describeProviderAccounts(() => ({ ...setup, newUser, makeUser, begin }));
    describeSecondFactor(() => ({ ...setup, makeUser, begin }));
  });
}

async function makeUserOf(identity: Identity, facts: NewUser): Promise<User> {
  const user = await identity.createUser(facts);
  if (user === 'email_taken') throw new Error('email_taken');
  return user;
}

function signedIn(began: NewSession | PendingSignIn | null): NewSession {
  if (began === null || 'pendingToken' in began) throw new Error('there is no session');
  return began;
}
