import { expect } from 'vitest';
import { openBrowser, turnOnSecondFactor } from '../../harness/control.js';
import { totp } from '../../harness/totp.js';
import type { Case, Player } from './api-player.js';
import { asBearer, asPerson, invite } from './api-world.js';

const PASSWORD = 'twelve or more characters';
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

async function newInvitation({ ok }: Player, email?: string) {
  const body = email === undefined ? {} : { email };
  const made = await ok<{ id: string; url: string }>('createInvitation', { body }, 201);
  return { id: made.id, token: tokenOf(made.url) };
}

/** A user with an account only for this test. */
function newcomer({ world: { server, owner } }: Player, name: string) {
  return invite(server, owner, `${name}@example.com`);
}

/** Resets a password as an administrator does. @returns the token of the link */
async function resetToken({ ok }: Player, email: string, body: object = {}): Promise<string> {
  const query = `?q=${email}`;
  const { people } = await ok<{ people: { id: string }[] }>('listPeople', { query });
  const params = { id: people[0]?.id ?? '' };
  return tokenOf((await ok<{ url: string }>('resetPassword', { params, body })).url);
}

/** Invitations, sessions, passwords. */
export const SIGN_IN_CASES: Readonly<Record<string, Case>> = {
  async checkInvitation(player) {
    const { ok, refused } = player;
    const open = await newInvitation(player, 'Ada@Example.com');
    const facts = await ok('checkInvitation', { body: { token: open.token }, headers: {} });
    expect(facts).toMatchObject({ kind: 'invitation', email: 'ada@example.com' });
    for (const token of ['', 'none-such', open.token.slice(1), open.token.toLowerCase()]) {
      await refused('checkInvitation', 404, 'invitation_invalid', { body: { token }, headers: {} });
    }
  },

  async acceptInvitation(player) {
    const { ok, refused, world } = player;
    const { token } = await newInvitation(player);
    const body = { token, email: 'new@example.com', password: PASSWORD, name: 'New' };
    const wrong = (code: string, status: number, changes: object) =>
      refused('acceptInvitation', status, code, { headers: {}, body: { ...body, ...changes } });
    for (const email of ['', 'nobody', 'a@b', 'a b@example.com', 'a@example.com\r\nBcc: x']) {
      await wrong('email_invalid', 400, { email });
    }
    for (const password of ['', 'x'.repeat(11), 'x'.repeat(129)]) {
      await wrong('password_weak', 400, { password });
    }
    await wrong('email_taken', 409, { email: world.owner.email.toUpperCase() });
    await wrong('invitation_invalid', 404, { token: 'none-such' });
    const { accountId, ...me } = await ok<Record<string, string>>(
      'acceptInvitation',
      { headers: {}, body },
      201,
    );
    expect(me).toEqual({
      email: 'new@example.com',
      name: 'New',
      role: 'member',
      credential: 'session',
      tokenExpiresAt: null,
    });
    expect(accountId).not.toBe((await ok<Record<string, string>>('getMe'))['accountId']);
    await wrong('invitation_invalid', 404, { email: 'again@example.com' });
  },

  async createInvitation({ ok, refused, world }) {
    const { url } = await ok<{ url: string }>('createInvitation', { body: {} }, 201);
    expect(url).toMatch(/\/dashboard\/invite\?token=[\w-]{43}$/);
    expect(url.startsWith(world.server.appUrl)).toBe(true);
    const made = await ok('createInvitation', { body: { email: ' Bob@Example.COM ' } }, 201);
    expect(made['email']).toBe('bob@example.com');
    await refused('createInvitation', 400, 'email_invalid', { body: { email: 'nobody' } });
    const headers = asPerson(world.server, world.outsider);
    await refused('createInvitation', 403, 'admin_required', { body: {}, headers });
  },

  async listInvitations(player) {
    const { id, token } = await newInvitation(player, 'listed@example.com');
    const reply = await player.send('listInvitations');
    expect(reply.body.toString()).toContain(id);
    expect(reply.body.toString()).not.toContain(token);
    const headers = asBearer(player.world.outsidersToken);
    await player.refused('listInvitations', 403, 'admin_required', { headers });
  },

  async revokeInvitation(player) {
    const { ok, refused, world } = player;
    const { id, token } = await newInvitation(player);
    const options = { params: { id } };
    const headers = asPerson(world.server, world.outsider);
    await refused('revokeInvitation', 403, 'admin_required', { ...options, headers });
    await ok('revokeInvitation', options, 204);
    await refused('revokeInvitation', 404, 'invitation_not_found', options);
    await refused('checkInvitation', 404, 'invitation_invalid', { body: { token }, headers: {} });
  },

  async signIn({ ok, refused, world: { owner } }) {
    const { email, password } = owner;
    const me = await ok('signIn', { headers: {}, body: { email: ` ${email} `, password } });
    expect(me).toMatchObject({ email, role: 'admin', credential: 'session' });
    for (const body of [
      { email, password: '' },
      { email, password: `${password} ` },
      { email: '', password },
      { email: 'nobody@example.com', password },
      { email: `${email}\u0000`, password },
    ]) {
      await refused('signIn', 401, 'sign_in_failed', { headers: {}, body });
    }
  },

  async signOut(player) {
    const { ok, refused, world } = player;
    const headers = asPerson(world.server, await newcomer(player, 'leaving'));
    await ok('getMe', { headers });
    await ok('signOut', { headers }, 204);
    await refused('getMe', 401, 'credential_invalid', { headers });
    await refused('signOut', 401, 'credential_invalid', { headers });
  },

  async changePassword(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'changing');
    const { email, password: currentPassword } = person;
    const other = openBrowser(world.server);
    await other.json('POST', '/v1/auth/sign-in', { email, password: currentPassword });
    const headers = asPerson(world.server, person);
    const change = { currentPassword, newPassword: PASSWORD };
    for (const newPassword of ['', 'x'.repeat(11), 'x'.repeat(129)]) {
      const body = { ...change, newPassword };
      await refused('changePassword', 400, 'password_weak', { headers, body });
    }
    const wrong = { ...change, currentPassword: PASSWORD };
    await refused('changePassword', 403, 'password_wrong', { headers, body: wrong });
    await ok('changePassword', { headers, body: change }, 204);
    await ok('getMe', { headers });
    await refused('getMe', 401, 'credential_invalid', { headers: asPerson(world.server, other) });
    const old = { email, password: currentPassword };
    await refused('signIn', 401, 'sign_in_failed', { headers: {}, body: old });
    await ok('signIn', { headers: {}, body: { email, password: PASSWORD } });
  },

  async checkPasswordReset(player) {
    const { ok, refused } = player;
    const person = await newcomer(player, 'forgetful');
    const token = await resetToken(player, person.email);
    const facts = await ok('checkPasswordReset', { body: { token }, headers: {} });
    expect(facts).toMatchObject({ email: person.email });
    for (const text of ['', 'none-such', token.slice(1), `${token}.`]) {
      const body = { token: text };
      await refused('checkPasswordReset', 404, 'reset_link_invalid', { body, headers: {} });
    }
  },

  async acceptPasswordReset(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'locked-out');
    const { email, password: old } = person;
    const first = await resetToken(player, email);
    const token = await resetToken(player, email);
    await refused('getMe', 401, 'credential_invalid', { headers: asPerson(world.server, person) });
    const signIn = (password: string) => ({ headers: {}, body: { email, password } });
    await refused('signIn', 401, 'sign_in_failed', signIn(old));
    const wrong = (code: string, status: number, changes: object) =>
      refused('acceptPasswordReset', status, code, {
        headers: {},
        body: { token, password: PASSWORD, ...changes },
      });
    await wrong('password_weak', 400, { password: 'x'.repeat(11) });
    await wrong('reset_link_invalid', 404, { token: first });
    const body = { token, password: PASSWORD };
    const me = await ok('acceptPasswordReset', { headers: {}, body });
    expect(me).toMatchObject({ email, credential: 'session' });
    await wrong('reset_link_invalid', 404, {});
    await ok('signIn', signIn(PASSWORD));
  },

  async getMe({ ok, world }) {
    const me = await ok('getMe');
    expect(me).toMatchObject({ email: world.owner.email, role: 'admin', credential: 'session' });
    const headers = asBearer(world.ownersToken);
    const tokenExpiresAt = expect.stringMatching(/Z$/);
    const ofToken = { ...(me as object), credential: 'cli_token', tokenExpiresAt };
    expect(await ok('getMe', { headers })).toEqual(ofToken);
  },

  async getMyMethods({ ok, world }) {
    const methods = { methods: ['password'], secondFactor: null };
    expect(await ok('getMyMethods')).toEqual({ email: world.owner.email, ...methods });
  },

  async getSignIn({ ok }) {
    const ways = await ok('getSignIn', { headers: {} });
    expect(ways).toEqual({ provider: { name: expect.stringMatching(/^127\.0\.0\.1:\d+$/) } });
  },

  async startProviderSignIn(player) {
    const { ok, refused } = player;
    for (const invitation of ['a b', 'x'.repeat(200)]) {
      const wrong = { headers: {}, body: { invitation } };
      await refused('startProviderSignIn', 404, 'invitation_invalid', wrong);
    }
    for (const body of [{}, { invitation: (await newInvitation(player)).token }]) {
      const { url } = await ok<{ url: string }>('startProviderSignIn', { headers: {}, body });
      expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256');
    }
  },

  async connectProvider(player) {
    const { ok, refused, world } = player;
    const { password, ...person } = await newcomer(player, 'connecting');
    const headers = asPerson(world.server, person);
    const wrong = { headers, body: { password: PASSWORD } };
    await refused('connectProvider', 403, 'password_wrong', wrong);
    const { url } = await ok<{ url: string }>('connectProvider', { headers, body: { password } });
    expect(new URL(url).searchParams.get('scope')).toBe('openid email profile');
  },

  async confirmSignIn(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'two-steps');
    const { email, password } = person;
    const { secret, code: used, backupCodes } = await turnOnSecondFactor(person);
    const browser = openBrowser(world.server);
    const first = await browser.json('POST', '/v1/auth/sign-in', { email, password });
    expect(first).toMatchObject({ next: 'second_factor' });
    const headers = asPerson(world.server, browser);
    await refused('getMe', 401, 'sign_in_required', { headers });
    const step = (code: string) => ({ headers, body: { code } });
    for (const code of ['', used, 'none-such', secret]) {
      await refused('confirmSignIn', 403, 'second_factor_wrong', step(code));
    }
    const next = totp(secret, 1);
    const me = await ok('confirmSignIn', step(next));
    expect(me).toMatchObject({ email, credential: 'session' });
    await refused('confirmSignIn', 403, 'second_factor_wrong', step(next));
    await ok('confirmSignIn', step(backupCodes[0] ?? ''));
    const body = { code: backupCodes[1] };
    await refused('confirmSignIn', 401, 'sign_in_expired', { headers: {}, body });
    // The link of a reset is a first step, too.
    const reset = { token: await resetToken(player, email), password: PASSWORD };
    expect(await ok('acceptPasswordReset', { headers: {}, body: reset })).toHaveProperty('next');
    await refused('confirmSignIn', 401, 'sign_in_expired', { headers, body });
    await resetToken(player, email, { removeSecondFactor: true });
    await refused('signIn', 401, 'sign_in_failed', { headers: {}, body: { email, password } });
  },

  async prepareSecondFactor(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'preparing');
    const headers = asPerson(world.server, person);
    const body = { password: person.password };
    const wrong = { headers, body: { password: PASSWORD } };
    await refused('prepareSecondFactor', 403, 'password_wrong', wrong);
    const made = await ok<Record<string, string>>('prepareSecondFactor', { headers, body });
    expect(made['secret']).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(made['uri'] ?? '');
    expect([uri.protocol, uri.searchParams.get('secret')]).toEqual(['otpauth:', made['secret']]);
    await turnOnSecondFactor(person);
    await refused('prepareSecondFactor', 409, 'second_factor_on', { headers, body });
  },

  async enableSecondFactor(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'enabling');
    const { email, password } = person;
    const other = openBrowser(world.server);
    await other.json('POST', '/v1/auth/sign-in', { email, password });
    const headers = asPerson(world.server, person);
    const enable = (code: string) => ({ headers, body: { code } });
    await refused('enableSecondFactor', 409, 'second_factor_unprepared', enable('123456'));
    const { secret } = await ok<{ secret: string }>('prepareSecondFactor', {
      headers,
      body: { password },
    });
    await refused('enableSecondFactor', 403, 'second_factor_wrong', enable('none-such'));
    const { backupCodes } = await ok<{ backupCodes: string[] }>(
      'enableSecondFactor',
      enable(totp(secret)),
    );
    expect(backupCodes).toHaveLength(10);
    await ok('getMe', { headers });
    await refused('getMe', 401, 'credential_invalid', { headers: asPerson(world.server, other) });
  },

  async renewBackupCodes(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'renewing');
    const headers = asPerson(world.server, person);
    const { password } = person;
    const renew = (code: string, given = password) => {
      return { headers, body: { password: given, code } };
    };
    await refused('renewBackupCodes', 409, 'second_factor_off', renew('123456'));
    const { backupCodes: old } = await turnOnSecondFactor(person);
    await refused('renewBackupCodes', 403, 'password_wrong', renew(old[0] ?? '', PASSWORD));
    const { backupCodes } = await ok<{ backupCodes: string[] }>(
      'renewBackupCodes',
      renew(old[0] ?? ''),
    );
    expect(backupCodes).not.toContain(old[1]);
    await refused('renewBackupCodes', 403, 'second_factor_wrong', renew(old[1] ?? ''));
  },

  async disableSecondFactor(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'disabling');
    const headers = asPerson(world.server, person);
    const { email, password } = person;
    const disable = (code: string, given = password) => {
      return { headers, body: { password: given, code } };
    };
    await refused('disableSecondFactor', 409, 'second_factor_off', disable('123456'));
    const { secret } = await turnOnSecondFactor(person);
    const next = totp(secret, 1);
    await refused('disableSecondFactor', 403, 'password_wrong', disable(next, PASSWORD));
    await refused('disableSecondFactor', 403, 'second_factor_wrong', disable('none-such'));
    await ok('disableSecondFactor', disable(next), 204);
    const me = await ok('signIn', { headers: {}, body: { email, password } });
    expect(me).toMatchObject({ email });
  },

  async listSessions(player) {
    const person = await newcomer(player, 'twice');
    const { email, password } = person;
    await openBrowser(player.world.server).json('POST', '/v1/auth/sign-in', { email, password });
    const headers = asPerson(player.world.server, person);
    const { sessions } = await player.ok<{ sessions: Record<string, unknown>[] }>('listSessions', {
      headers,
    });
    expect(sessions.map(({ current }) => current).toSorted()).toEqual([false, true]);
    for (const session of sessions) {
      expect(session['address']).toBe('127.0.0.1');
      for (const [, value] of person.cookies()) {
        expect(JSON.stringify(session)).not.toContain(value);
      }
    }
  },

  async endSession(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'ending');
    const headers = asPerson(world.server, person);
    const { sessions } = await ok<{ sessions: { id: string }[] }>('listSessions', { headers });
    const options = { headers, params: { id: sessions[0]?.id ?? '' } };
    await refused('endSession', 404, 'session_not_found', { headers, params: { id: 'none-such' } });
    await ok('endSession', options, 204);
    await refused('getMe', 401, 'credential_invalid', { headers });
  },
};
