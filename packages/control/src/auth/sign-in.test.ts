import { describe, expect, it } from 'vitest';
import {
  type AuthApp,
  createAuthApp,
  PASSWORD,
  refusalOf,
  sessionOf,
} from '../testing/auth-app.js';

const EMAIL = 'ada@example.com';
const RIGHT = { email: EMAIL, password: PASSWORD };
const WRONG = { email: EMAIL, password: 'not the password' };

async function start(options?: Parameters<typeof createAuthApp>[0]) {
  const app = createAuthApp(options);
  return { app, session: await app.setUp() };
}

const isLive = async (app: AuthApp, session: string) =>
  (await app.get('/me', { session })).status === 200;

describe('signing in', () => {
  it('starts a session and returns the user', async () => {
    const { app } = await start();
    const response = await app.post('/sign-in', { ...RIGHT, email: ' Ada@Example.com ' });
    expect(response.status).toBe(200);
    const me = { email: EMAIL, name: 'ada', role: 'admin', accountId: 'account 1' };
    expect(await response.json()).toEqual({ ...me, credential: 'session', tokenExpiresAt: null });
    const session = sessionOf(response);
    expect(await (await app.get('/me', { session })).json()).toMatchObject(me);
    expect(app.audit.entries.at(-1)).toMatchObject({
      action: 'account.signed_in',
      actor: { kind: 'session', name: EMAIL },
      accountId: 'account 1',
      address: '203.0.113.7',
    });
  });

  it('has the same response for an unknown email and a wrong password', async () => {
    const { app } = await start();
    const known = await app.post('/sign-in', WRONG);
    const unknown = await app.post('/sign-in', { ...WRONG, email: 'eve@example.com' });
    const malformed = await app.post('/sign-in', { ...WRONG, email: "' OR 1=1 --" });
    expect(refusalOf(known)).toEqual([401, 'sign_in_failed']);
    const text = await known.text();
    for (const response of [unknown, malformed]) {
      expect(await response.text()).toBe(text);
      expect([...response.headers]).toEqual([...known.headers]);
      expect(response.status).toBe(known.status);
    }
    expect(known.headers.has('set-cookie')).toBe(false);
  });

  it('is in the audit log of the user when it fails, in one entry for many guesses', async () => {
    const { app } = await start();
    const failures = () =>
      app.audit.entries.filter((one) => one.action === 'account.sign_in_failed');
    for (let n = 1; n <= 3; n++) await app.post('/sign-in', WRONG, { client: `192.0.2.${n}` });
    await app.post('/sign-in', { ...WRONG, email: 'eve@example.com' });
    await app.post('/sign-in', { ...WRONG, email: `${'x'.repeat(300)}@example.com` });
    expect(failures()).toEqual([]); // the response does not wait for it
    await app.writeSignInFailures();
    expect(failures()).toMatchObject([
      {
        accountId: 'account 1',
        actor: { kind: 'unauthenticated', name: EMAIL },
        target: EMAIL,
        details: { attempts: 3 },
        address: '192.0.2.3',
      },
    ]);
  });

  it.each([
    { email: EMAIL },
    { email: EMAIL, password: 12 },
    { ...RIGHT, role: 'admin' },
    null,
    [],
  ])('refuses the body %j', async (body) => {
    const { app } = await start();
    expect(refusalOf(await app.post('/sign-in', body))).toEqual([400, 'field_invalid']);
  });
});

describe('the cookie', () => {
  it('is hidden from scripts and limited to this path and site', async () => {
    const { app } = await start();
    const [cookie] = (await app.post('/sign-in', RIGHT)).headers.getSetCookie();
    const flags = 'Max-Age=2592000; Path=/v1; HttpOnly; SameSite=Lax';
    expect(cookie).toMatch(new RegExp(`^aura_session=[^;]{32,}; ${flags}$`));
  });

  it('is sent over https only, if the dashboard is on https', async () => {
    const { app } = await start({ appUrl: 'https://images.example' });
    const [cookie] = (await app.post('/sign-in', RIGHT)).headers.getSetCookie();
    const flags = 'Max-Age=2592000; Path=/v1; HttpOnly; Secure; SameSite=Lax';
    expect(cookie).toMatch(new RegExp(`^__Secure-aura_session=[^;]{32,}; ${flags}$`));
  });

  it('of http is ignored on https', async () => {
    const { app, session } = await start({ appUrl: 'https://images.example' });
    const headers = { Cookie: `aura_session=${session}` };
    expect(refusalOf(await app.get('/me', { headers }))).toEqual([401, 'sign_in_required']);
  });

  it('is renewed by reading who is signed in', async () => {
    const { app, session } = await start();
    app.pass(29 * 86_400);
    const response = await app.get('/me', { session });
    expect(sessionOf(response)).toBe(session);
    app.pass(29 * 86_400);
    expect(await isLive(app, session)).toBe(true);
    app.pass(31 * 86_400);
    expect(await isLive(app, session)).toBe(false);
  });

  it('is refused when there are two different ones', async () => {
    const { app, session } = await start();
    const eve = await app.invite(session, 'eve@example.com');
    const pair = (one: string, two: string) =>
      app.get('/me', { headers: { Cookie: `aura_session=${one}; a=b; aura_session=${two}` } });
    expect(refusalOf(await pair(eve, session))).toEqual([401, 'credential_invalid']);
    expect(refusalOf(await pair(session, eve))).toEqual([401, 'credential_invalid']);
    expect((await pair(session, session)).status).toBe(200);
  });
});

describe('session fixation', () => {
  it('gains nothing: a planted session ends, and a new one starts', async () => {
    const { app, session } = await start();
    const planted = await app.invite(session, 'eve@example.com');
    const signedIn = sessionOf(await app.post('/sign-in', RIGHT, { session: planted }));
    expect(signedIn).not.toBe(planted);
    expect(await isLive(app, planted)).toBe(false);
    expect(await isLive(app, signedIn)).toBe(true);
  });

  it('gains nothing with a value that is not a session', async () => {
    const { app } = await start();
    const signedIn = sessionOf(await app.post('/sign-in', RIGHT, { session: 'chosen-by-eve' }));
    expect(signedIn).not.toBe('chosen-by-eve');
    expect(await isLive(app, 'chosen-by-eve')).toBe(false);
  });

  it('keeps the session when signing in fails', async () => {
    const { app, session } = await start();
    await app.post('/sign-in', WRONG, { session });
    expect(await isLive(app, session)).toBe(true);
  });
});

describe('guessing a password', () => {
  const tooMany = [429, 'too_many_attempts'];

  const ELSEWHERE = { client: '192.0.2.1' };

  it('is limited by email in each network, so that others cannot lock the user out', async () => {
    const { app } = await start({ limit: { sign_in_email_network: 10 } });
    const guess = (body = WRONG) => app.post('/sign-in', body, { client: '198.51.100.1' });
    for (let n = 0; n < 10; n++) expect((await guess()).status).toBe(401);
    const response = await guess({ ...RIGHT, email: 'ADA@example.com' });
    expect(refusalOf(response)).toEqual(tooMany);
    expect(response.headers.get('retry-after')).toBe('60');
    expect((await guess({ ...WRONG, email: 'eve@example.com' })).status).toBe(401);
    expect((await app.post('/sign-in', RIGHT, ELSEWHERE)).status).toBe(200);
  });

  it('is limited by email in all networks together', async () => {
    const { app } = await start({ limit: { sign_in_email: 20 } });
    const guess = (n: number) => app.post('/sign-in', WRONG, { client: `198.51.100.${n}` });
    for (let n = 0; n < 20; n++) expect((await guess(n)).status).toBe(401);
    expect(refusalOf(await app.post('/sign-in', RIGHT, ELSEWHERE))).toEqual(tooMany);
  });

  it.each(['sign_in_email', 'sign_in_email_network'] as const)(
    'is limited in the same way for an unknown email: %s',
    async (kind) => {
      const { app } = await start({ limit: { [kind]: 3 } });
      const guess = () => app.post('/sign-in', { ...WRONG, email: 'eve@example.com' });
      for (let n = 0; n < 3; n++) expect((await guess()).status).toBe(401);
      expect(refusalOf(await guess())).toEqual(tooMany);
    },
  );

  it('is limited by network, across emails', async () => {
    const { app } = await start({ limit: { sign_in_network: 10 } });
    const guess = (n: number) => app.post('/sign-in', { ...WRONG, email: `user${n}@example.com` });
    for (let n = 0; n < 10; n++) expect((await guess(n)).status).toBe(401);
    expect(refusalOf(await guess(11))).toEqual(tooMany);
    expect(refusalOf(await app.post('/sign-in', RIGHT))).toEqual(tooMany);
    expect((await app.post('/sign-in', RIGHT, ELSEWHERE)).status).toBe(200);
  });

  it('counts an IPv6 /48 as one network', async () => {
    const { app } = await start({ limit: { sign_in_network: 3 } });
    const guess = (client: string) => app.post('/sign-in', WRONG, { client });
    for (let n = 0; n < 3; n++) expect((await guess(`2001:db8:1:${n}::1`)).status).toBe(401);
    expect(refusalOf(await guess('2001:db8:1:ffff::1'))).toEqual(tooMany);
    expect((await guess('2001:db8:2::1')).status).toBe(401);
  });

  it('is not made easier by signing in to another account in between', async () => {
    const { app, session } = await start({ limit: 10 });
    await app.invite(session, 'eve@example.com');
    const own = { email: 'eve@example.com', password: PASSWORD };
    let guesses = 0;
    for (let n = 0; n < 30; n++) {
      await app.post('/sign-in', own);
      if ((await app.post('/sign-in', WRONG)).status === 401) guesses++;
    }
    expect(guesses).toBeLessThanOrEqual(10);
  });

  it('is limited for concurrent requests too', async () => {
    const { app } = await start({ limit: 10 });
    const guesses = Array.from({ length: 50 }, () => app.post('/sign-in', WRONG));
    const responses = await Promise.all(guesses);
    expect(responses.filter(({ status }) => status === 401)).toHaveLength(10);
  });

  it('does not limit people who sign in often', async () => {
    const { app } = await start({ limit: 3 });
    for (let n = 0; n < 20; n++) expect((await app.post('/sign-in', RIGHT)).status).toBe(200);
  });
});

describe('signing out', () => {
  it('ends the session and deletes the cookie', async () => {
    const { app, session } = await start();
    const response = await app.call('POST', '/sign-out', { session });
    expect(response.status).toBe(204);
    const flags = 'Max-Age=0; Path=/v1; HttpOnly; SameSite=Lax';
    expect(response.headers.get('set-cookie')).toBe(`aura_session=; ${flags}`);
    expect(refusalOf(await app.get('/me', { session }))).toEqual([401, 'credential_invalid']);
  });
});

describe('changing the password', () => {
  const next = 'another long password';
  const change = (app: AuthApp, session: string, currentPassword: string, newPassword = next) =>
    app.post('/me/password', { currentPassword, newPassword }, { session });

  it('needs the current one, and ends every other session', async () => {
    const { app, session } = await start();
    const stolen = sessionOf(await app.post('/sign-in', RIGHT));
    expect((await change(app, session, PASSWORD)).status).toBe(204);
    expect([await isLive(app, session), await isLive(app, stolen)]).toEqual([true, false]);
    expect((await app.post('/sign-in', RIGHT)).status).toBe(401);
    expect((await app.post('/sign-in', { ...RIGHT, password: next })).status).toBe(200);
    const actions = app.audit.entries.map(({ action }) => action);
    expect(actions).toContain('account.password_changed');
  });

  it('is refused with a wrong one, which is counted', async () => {
    const { app, session } = await start({ limit: 3 });
    for (let n = 0; n < 3; n++) {
      const response = await change(app, session, `guess number ${n}`);
      expect(refusalOf(response)).toEqual([403, 'password_wrong']);
    }
    expect(refusalOf(await change(app, session, PASSWORD))).toEqual([429, 'too_many_attempts']);
  });

  it.each(['', 'x'.repeat(11), 'x'.repeat(129)])('refuses the weak one %j', async (weak) => {
    const { app, session } = await start();
    const response = await change(app, session, PASSWORD, weak);
    expect(refusalOf(response)).toEqual([400, 'password_weak']);
  });

  it.each(['x'.repeat(12), 'x'.repeat(128)])('accepts %j', async (strong) => {
    const { app, session } = await start();
    expect((await change(app, session, PASSWORD, strong)).status).toBe(204);
  });
});
