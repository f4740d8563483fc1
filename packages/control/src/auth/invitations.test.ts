import { describe, expect, it } from 'vitest';
import {
  APP,
  createAuthApp,
  PASSWORD,
  refusalOf,
  sessionOf,
  tokenIn,
} from '../testing/auth-app.js';
import { createSetupLink } from './accounts.js';

const INVALID = [404, 'invitation_invalid'];
const DAY = 86_400;

async function start(options?: Parameters<typeof createAuthApp>[0]) {
  const app = createAuthApp(options);
  const admin = await app.setUp();
  const invite = async (email?: string) => {
    const response = await app.post('/invitations', email === undefined ? {} : { email }, {
      session: admin,
    });
    const made = (await response.json()) as { readonly id: string; readonly url: string };
    return { ...made, token: tokenIn(made.url) };
  };
  const check = (token: string) => app.post('/invitations/check', { token });
  const accept = (token: string, more: Record<string, unknown> = {}) =>
    app.post('/invitations/accept', {
      token,
      email: 'eve@example.com',
      password: PASSWORD,
      ...more,
    });
  return { app, admin, invite, check, accept };
}

describe('the set-up link', () => {
  it('creates the administrator of the existing account, once', async () => {
    const app = createAuthApp();
    const link = await createSetupLink(app.ports, { appUrl: APP }, 'the account');
    expect(link).toMatch(/^http:\/\/localhost:8787\/dashboard\/setup\?token=[\w-]{43}$/);
    const token = tokenIn(link);
    const checked = await app.post('/invitations/check', { token });
    expect(await checked.json()).toMatchObject({ kind: 'setup', email: null });
    const person = { email: 'Ada@Example.com', password: PASSWORD, name: 'Ada Lovelace' };
    const response = await app.post('/invitations/accept', { token, ...person });
    expect(response.status).toBe(201);
    const me = { email: 'ada@example.com', name: 'Ada Lovelace', accountId: 'the account' };
    expect(await response.json()).toMatchObject({ ...me, role: 'admin' });
    expect((await app.get('/me', { session: sessionOf(response) })).status).toBe(200);
    expect(app.audit.entries).toMatchObject([
      { action: 'account.created', accountId: 'the account' },
    ]);
    const again = await app.post('/invitations/accept', {
      token,
      ...person,
      email: 'b@example.com',
    });
    expect(refusalOf(again)).toEqual(INVALID);
  });

  it('is invalid after the next one was created, and after a day', async () => {
    const app = createAuthApp();
    const make = async () => tokenIn(await createSetupLink(app.ports, { appUrl: APP }, 'account'));
    const [first, second] = [await make(), await make()];
    expect(refusalOf(await app.post('/invitations/check', { token: first }))).toEqual(INVALID);
    expect((await app.post('/invitations/check', { token: second })).status).toBe(200);
    app.pass(DAY);
    expect(refusalOf(await app.post('/invitations/check', { token: second }))).toEqual(INVALID);
  });

  it('is invalid once there is a user', async () => {
    const { app, check, accept } = await start();
    const token = tokenIn(await createSetupLink(app.ports, { appUrl: APP }, 'account 1'));
    expect(refusalOf(await check(token))).toEqual(INVALID);
    expect(refusalOf(await accept(token))).toEqual(INVALID);
  });
});

describe('an invitation', () => {
  it('creates a member with an account of their own', async () => {
    const { app, invite, check, accept } = await start();
    const { token, url } = await invite();
    expect(url).toBe(`${APP}/dashboard/invite?token=${token}`);
    expect(await (await check(token)).json()).toMatchObject({ kind: 'invitation', email: null });
    const response = await accept(token);
    const me = { email: 'eve@example.com', name: 'eve', role: 'member', accountId: 'account 2' };
    expect(await response.json()).toEqual({ ...me, credential: 'session', tokenExpiresAt: null });
    const signedIn = await app.post('/sign-in', { email: me.email, password: PASSWORD });
    expect(signedIn.status).toBe(200);
  });

  it('has the same response when it is unknown, used, revoked or expired', async () => {
    const { app, admin, invite, check, accept } = await start();
    const [used, revoked, late] = [await invite(), await invite(), await invite()];
    await accept(used.token);
    await app.call('DELETE', `/invitations/${revoked.id}`, { session: admin });
    app.pass(7 * DAY);
    const text = await (await check('unknown')).text();
    for (const { token } of [used, revoked, late]) {
      for (const response of [
        await check(token),
        await accept(token, { email: 'b@example.com' }),
      ]) {
        expect(refusalOf(response)).toEqual(INVALID);
        expect(await response.text()).toBe(text);
      }
    }
  });

  it('creates one user for concurrent requests', async () => {
    const { invite, accept } = await start();
    const { token } = await invite();
    const emails = ['a@example.com', 'b@example.com', 'c@example.com'];
    const responses = await Promise.all(emails.map((email) => accept(token, { email })));
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 404, 404]);
  });

  it('for an email can be accepted with that email only', async () => {
    const { invite, check, accept } = await start();
    const { token } = await invite('Eve@example.com');
    expect(await (await check(token)).json()).toMatchObject({ email: 'eve@example.com' });
    const response = await accept(token, { email: 'mallory@example.com' });
    expect(refusalOf(response)).toEqual([400, 'email_invalid']);
    expect((await accept(token, { email: 'EVE@example.com' })).status).toBe(201);
  });

  it('stays valid when the email is already in use', async () => {
    const { app, invite, accept } = await start();
    const { token } = await invite();
    const accounts = [...app.accounts];
    const taken = await accept(token, { email: 'ada@example.com' });
    expect(refusalOf(taken)).toEqual([409, 'email_taken']);
    expect(taken.headers.has('set-cookie')).toBe(false);
    expect([...app.accounts]).toEqual(accounts);
    expect((await accept(token)).status).toBe(201);
    expect(app.accounts.size).toBe(accounts.length + 1);
  });

  it.each([
    [{ email: 'no address' }, 'email_invalid'],
    [{ email: 'a@b' }, 'email_invalid'],
    [{ email: `${'a'.repeat(250)}@example.com` }, 'email_invalid'],
    [{ email: 'a@example.com\nb@example.com' }, 'email_invalid'],
    [{ password: 'x'.repeat(11) }, 'password_weak'],
    [{ password: 'x'.repeat(129) }, 'password_weak'],
    [{ name: '' }, 'field_invalid'],
    [{ name: 'x'.repeat(101) }, 'field_invalid'],
    [{ role: 'admin' }, 'field_invalid'],
    [{ accountId: 'account 1' }, 'field_invalid'],
    [{ token: 12 }, 'field_invalid'],
  ])('refuses %j', async (more, code) => {
    const { invite, accept } = await start();
    const { token } = await invite();
    expect(refusalOf(await accept(token, more))).toEqual([400, code]);
    expect((await accept(token)).status).toBe(201);
  });

  it('is protected against guessing', async () => {
    const { app, invite } = await start({ limit: 10 });
    const { token } = await invite();
    const guess = (path: string, text: string, client?: string) => {
      const body = { token: text, email: 'eve@example.com', password: PASSWORD };
      const sent = path === 'check' ? { token: text } : body;
      return app.post(`/invitations/${path}`, sent, client === undefined ? {} : { client });
    };
    for (let n = 0; n < 5; n++) {
      expect(refusalOf(await guess('check', `guess ${n}`))).toEqual(INVALID);
      await guess('accept', `guess ${n}`);
    }
    expect(refusalOf(await guess('check', token))).toEqual([429, 'too_many_attempts']);
    expect(refusalOf(await guess('accept', token))).toEqual([429, 'too_many_attempts']);
    expect((await guess('check', token, '192.0.2.1')).status).toBe(200);
  });
});

describe('the list of invitations', () => {
  it('has the open ones, newest first, without their tokens', async () => {
    const { app, admin, invite, accept } = await start();
    const [used, first, second] = [await invite(), await invite(), await invite('a@example.com')];
    await accept(used.token);
    const list = await (await app.get('/invitations', { session: admin })).text();
    const { invitations } = JSON.parse(list) as { invitations: readonly { id: string }[] };
    expect(invitations.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(list).not.toContain(first.token);
    const revoke = () => app.call('DELETE', `/invitations/${first.id}`, { session: admin });
    expect((await revoke()).status).toBe(204);
    expect(refusalOf(await revoke())).toEqual([404, 'invitation_not_found']);
    expect(app.audit.entries.map(({ action }) => action)).toEqual([
      'account.created',
      'invitation.created',
      'invitation.created',
      'invitation.created',
      'account.created',
      'invitation.revoked',
    ]);
  });

  it('is for administrators only', async () => {
    const { app, admin, invite } = await start();
    const { id } = await invite();
    const session = await app.invite(admin, 'eve@example.com');
    for (const response of [
      await app.post('/invitations', {}, { session }),
      await app.get('/invitations', { session }),
      await app.call('DELETE', `/invitations/${id}`, { session }),
    ]) {
      expect(refusalOf(response)).toEqual([403, 'admin_required']);
    }
  });
});
