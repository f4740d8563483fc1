import { describe, expect, it } from 'vitest';
import type { Identity, NewSession, NewUser, User } from '../index.js';
import { totp, wrongTotp } from './totp.js';

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
const STEP = 30;

interface SecondFactorSetup {
  readonly identity: Identity;
  readonly other: Identity;
  advance(seconds: number): void;
  now(): number;
  makeUser(facts?: Partial<NewUser>): Promise<User>;
  begin(user: User): Promise<NewSession>;
}

/** Declares the part of `describeIdentity` about the second factor. */
export function describeSecondFactor(setUp: () => SecondFactorSetup): void {
  describe('a second factor', () => {
    const codeOf = (secret: string, offset = 0) => totp(secret, setUp().now() + offset * 1000);

    const wrongOf = (secret: string) => wrongTotp(secret, setUp().now());

    async function prepare(user: User) {
      const made = await setUp().identity.prepareSecondFactor(user.id, PASSWORD, 'AuraImage');
      if (typeof made === 'string') throw new Error(made);
      return made;
    }

    /** A user who has just turned it on. The code of the current step is used up. */
    async function turnOn(user?: User) {
      const { identity, makeUser, begin } = setUp();
      const owner = user ?? (await makeUser());
      const { token, session } = await begin(owner);
      const { secret } = await prepare(owner);
      const codes = await identity.enableSecondFactor(owner.id, await codeOf(secret), session.id);
      if (typeof codes === 'string') throw new Error(codes);
      setUp().advance(STEP);
      return { user: owner, secret, codes, token };
    }

    async function startSignIn(user: User, by = setUp().identity) {
      const began = await by.signIn(user.email, PASSWORD, CLIENT, TURN);
      if (began === null || !('pendingToken' in began)) throw new Error('no second step');
      return began.pendingToken;
    }

    it('is off until a code of the app has confirmed it', async () => {
      const { identity, other, makeUser, begin } = setUp();
      const user = await makeUser();
      const { session } = await begin(user);
      const { secret, uri } = await prepare(user);
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(uri).toContain(`secret=${secret}`);
      expect(uri).toMatch(/^otpauth:\/\/totp\/AuraImage:ada%40example\.com\?/);
      expect(await other.findSecondFactor(user.id)).toBeNull();
      expect(await identity.signIn(user.email, PASSWORD, CLIENT, TURN)).toHaveProperty('token');
      const enable = (code: string) => other.enableSecondFactor(user.id, code, session.id);
      for (const wrong of ['', await wrongOf(secret), secret, await codeOf(secret, 10 * STEP)]) {
        expect(await enable(wrong), wrong).toBe('wrong_code');
      }
      const codes = await enable(await codeOf(secret));
      expect(new Set(codes).size).toBe(10);
      for (const code of codes) expect(code).toMatch(/^[a-z0-9]{4}(?:-[a-z0-9]{4}){3}$/);
      const state = await identity.findSecondFactor(user.id);
      expect(state).toEqual({ enabledAt: expect.any(Number), backupCodes: 10 });
      expect(await enable(await codeOf(secret))).toBe('not_prepared');
    });

    it('is prepared with the password, again until it is on, and for an hour', async () => {
      const { identity, makeUser, advance } = setUp();
      const user = await makeUser();
      expect(await identity.enableSecondFactor(user.id, '123456', '')).toBe('not_prepared');
      expect(await identity.prepareSecondFactor(user.id, 'wrong', 'x')).toBe('wrong_password');
      expect(await identity.prepareSecondFactor('nobody', PASSWORD, 'x')).toBe('wrong_password');
      const { secret: earlier } = await prepare(user);
      const { secret } = await prepare(user);
      expect(secret).not.toBe(earlier);
      const enable = async (text: string) =>
        identity.enableSecondFactor(user.id, await codeOf(text), '');
      expect(await enable(earlier)).toBe('wrong_code');
      advance(3600);
      expect(await enable(secret)).toBe('not_prepared');
      await turnOn(user);
      expect(await identity.prepareSecondFactor(user.id, PASSWORD, 'x')).toBe('already_on');
    });

    it('ends every other session of the user when it is turned on', async () => {
      const { identity, makeUser, begin } = setUp();
      const user = await makeUser();
      const hers = await begin(await makeUser({ email: 'eve@example.com' }));
      const stolen = await begin(user);
      const { token } = await turnOn(user);
      expect(await identity.findSession(stolen.token)).toBeNull();
      expect(await identity.findSession(token)).not.toBeNull();
      expect(await identity.findSession(hers.token)).not.toBeNull();
    });

    it('is asked for after the password and after every other first step', async () => {
      const { identity, other, makeUser } = setUp();
      const provider = { issuer: 'https://accounts.example', subject: 'ada' };
      const { user, secret } = await turnOn(await makeUser({ provider }));
      expect(await identity.signIn(user.email, 'wrong', CLIENT, TURN)).toBeNull();
      const token = await startSignIn(user);
      expect(await identity.createSession(user.id, CLIENT)).toHaveProperty('pendingToken');
      const atProvider = await identity.signInByProvider(provider, CLIENT);
      expect(atProvider).toEqual({
        pendingToken: expect.any(String),
        expiresAt: expect.any(Number),
        user,
      });
      expect(await identity.findSession(token)).toBeNull();
      expect(await other.findPendingSignIn(token)).toEqual(user);
      const began = await other.confirmSignIn(token, await codeOf(secret), CLIENT);
      if (began === null || typeof began === 'string') throw new Error('refused');
      expect(began).toMatchObject({ user, by: 'totp', session: { userId: user.id, ...CLIENT } });
      expect(await identity.findSession(began.token)).toMatchObject({ user });
    });

    it('accepts a code once, also in concurrent requests, and none of an earlier step', async () => {
      const { identity, other, advance } = setUp();
      const { user, secret } = await turnOn();
      const token = await startSignIn(user);
      const [before, code] = [await codeOf(secret, -STEP), await codeOf(secret)];
      const outcomes = await Promise.all([
        identity.confirmSignIn(token, code, CLIENT),
        other.confirmSignIn(token, code, CLIENT),
      ]);
      expect(outcomes.filter((outcome) => outcome === 'wrong_code')).toHaveLength(1);
      for (const used of [code, before]) {
        expect(await identity.confirmSignIn(token, used, CLIENT)).toBe('wrong_code');
      }
      advance(STEP);
      expect(await identity.confirmSignIn(token, code, CLIENT)).toBe('wrong_code');
      const spaced = (await codeOf(secret)).replace(/^.../, '$& ');
      expect(await identity.confirmSignIn(token, spaced, CLIENT)).toMatchObject({ by: 'totp' });
    });

    it('accepts codes of a clock that differs by a step, and no other ones', async () => {
      const { identity } = setUp();
      const { user, secret } = await turnOn();
      const token = await startSignIn(user);
      const confirm = async (offset: number) =>
        identity.confirmSignIn(token, await codeOf(secret, offset), CLIENT);
      expect(await confirm(-2 * STEP)).toBe('wrong_code');
      expect(await confirm(2 * STEP)).toBe('wrong_code');
      expect(await confirm(STEP)).toMatchObject({ by: 'totp' });
      for (const wrong of ['', '0', secret, 'x'.repeat(1000), '١٢٣٤٥٦', "' OR 1=1"]) {
        expect(await identity.confirmSignIn(token, wrong, CLIENT), wrong).toBe('wrong_code');
      }
    });

    it('accepts each backup code once, in any spelling', async () => {
      const { identity, other } = setUp();
      const { user, codes } = await turnOn();
      const token = await startSignIn(user);
      const [first = '', second = ''] = codes;
      const outcomes = await Promise.all([
        identity.confirmSignIn(token, first, CLIENT),
        other.confirmSignIn(token, first, CLIENT),
      ]);
      expect(outcomes.filter((outcome) => outcome === 'wrong_code')).toHaveLength(1);
      const spelt = ` ${second.toUpperCase().replaceAll('-', ' ')} `;
      expect(await other.confirmSignIn(token, spelt, CLIENT)).toMatchObject({ by: 'backup_code' });
      expect(await identity.findSecondFactor(user.id)).toMatchObject({ backupCodes: 8 });
    });

    it('is locked after a hundred wrong codes in a row, until a backup code unlocks it', async () => {
      const { identity, other, advance } = setUp();
      const { user, secret, codes } = await turnOn();
      const token = await startSignIn(user);
      const wrong = await wrongOf(secret);
      const guess = (by: Identity, code = wrong) => by.confirmSignIn(token, code, CLIENT);
      for (let n = 0; n < 100; n += 2) await Promise.all([guess(identity), guess(other)]);
      expect(await guess(other)).toBe('locked');
      expect(await guess(identity, await codeOf(secret))).toBe('locked');
      const disabling = identity.disableSecondFactor(user.id, PASSWORD, await codeOf(secret));
      expect(await disabling).toBe('locked');
      expect(await guess(identity, codes[0])).toMatchObject({ by: 'backup_code' });
      advance(STEP);
      expect(await guess(identity, await codeOf(secret))).toMatchObject({ by: 'totp' });
    });

    it('has sign-ins that end after ten minutes, with the password and with the second factor', async () => {
      const { identity, other, makeUser, begin, advance } = setUp();
      const user = await makeUser();
      const hers = await turnOn(await makeUser({ email: 'eve@example.com' }));
      const { codes } = await turnOn(user);
      const confirm = (text: string) => other.confirmSignIn(text, codes[0] ?? '', CLIENT);
      const late = await startSignIn(user);
      advance(599);
      expect(await identity.findPendingSignIn(late)).toEqual(user);
      advance(1);
      expect(await identity.findPendingSignIn(late)).toBeNull();
      expect(await confirm(late)).toBeNull();
      for (const text of ['', late.slice(1), late.replace(user.id, hers.user.id)]) {
        expect(await confirm(text), text).toBeNull();
      }
      const removed = await startSignIn(user);
      expect(await other.removeSecondFactor(user.id)).toBe(true);
      expect(await other.removeSecondFactor(user.id)).toBe(false);
      expect(await confirm(removed)).toBeNull();
      const { session } = await begin(user);
      const again = await turnOn(user);
      expect(await identity.findPendingSignIn(removed)).toBeNull();
      const before = await startSignIn(user);
      await identity.changePassword(user.id, PASSWORD, 'another long password', session.id);
      expect(await other.confirmSignIn(before, again.codes[0] ?? '', CLIENT)).toBeNull();
    });

    it('stays on when the password is reset', async () => {
      const { identity } = setUp();
      const { user } = await turnOn();
      const reset = await identity.resetPassword(user.email);
      await identity.acceptPasswordReset(reset?.token ?? '', 'another long password');
      expect(await identity.createSession(user.id, CLIENT)).toHaveProperty('pendingToken');
    });

    it('is turned off, and gets new backup codes, with the password and a code', async () => {
      const { identity, other, makeUser, begin, advance } = setUp();
      const { user, secret, codes } = await turnOn();
      const eve = await makeUser({ email: 'eve@example.com' });
      const disable = (password: string, code: string) =>
        identity.disableSecondFactor(user.id, password, code);
      const renew = (password: string, code: string) =>
        other.renewBackupCodes(user.id, password, code);
      for (const change of [disable, renew]) {
        expect(await change('wrong password', await codeOf(secret))).toBe('wrong_password');
        expect(await change(PASSWORD, await wrongOf(secret))).toBe('wrong_code');
      }
      const next = await renew(PASSWORD, await codeOf(secret));
      expect(next).toHaveLength(10);
      expect(await disable(PASSWORD, codes[0] ?? '')).toBe('wrong_code');
      advance(STEP);
      expect(await disable(PASSWORD, await codeOf(secret))).toBe('disabled');
      expect(await identity.findSecondFactor(user.id)).toBeNull();
      expect(await begin(user)).toHaveProperty('token');
      expect(await disable(PASSWORD, next[0] ?? '')).toBe('off');
      expect(await renew(PASSWORD, next[0] ?? '')).toBe('off');
      expect(await identity.disableSecondFactor(eve.id, PASSWORD, '000000')).toBe('off');
    });
  });
}
