import { PasswordQueueFullError, type PasswordTurn } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { createAuthApp, knownOf, PASSWORD, refusalOf } from '../testing/auth-app.js';

const EMAIL = 'ada@example.com';
const RIGHT = { email: EMAIL, password: PASSWORD };
const WRONG = { email: EMAIL, password: 'not the password' };

async function start(options?: Parameters<typeof createAuthApp>[0]) {
  const app = createAuthApp(options);
  return { app, session: await app.setUp() };
}

describe('a browser in which the user has signed in', () => {
  const tooMany = [429, 'too_many_attempts'];

  it('is let through, however many guesses come from elsewhere or from its network', async () => {
    const limit = { sign_in_network: 3, sign_in_email_network: 3, sign_in_email: 3 };
    const { app } = await start({ limit });
    const known = knownOf(await app.post('/sign-in', RIGHT));
    for (let n = 0; n < 4; n++) await app.post('/sign-in', WRONG);
    expect(refusalOf(await app.post('/sign-in', RIGHT))).toEqual(tooMany);
    expect((await app.post('/sign-in', RIGHT, { known })).status).toBe(200);
    expect((await app.post('/sign-in', RIGHT, { known, client: '192.0.2.1' })).status).toBe(200);
  });

  it('has a limit of its own, after which it counts as any other', async () => {
    const { app } = await start({ limit: { sign_in_browser: 3, sign_in_email_network: 2 } });
    const known = knownOf(await app.post('/sign-in', RIGHT));
    for (let n = 0; n < 5; n++) {
      expect((await app.post('/sign-in', WRONG, { known })).status).toBe(401);
    }
    expect(refusalOf(await app.post('/sign-in', RIGHT, { known }))).toEqual(tooMany);
  });

  it('is not limited by its sign-ins', async () => {
    const { app } = await start({ limit: { sign_in_browser: 3, sign_in_email_network: 3 } });
    let known = knownOf(await app.post('/sign-in', RIGHT));
    for (let n = 0; n < 10; n++) {
      const response = await app.post('/sign-in', RIGHT, { known });
      expect(response.status).toBe(200);
      known = knownOf(response);
    }
  });

  it('is known also where another page of the domain has set the cookie', async () => {
    const { app } = await start({ limit: { sign_in_email_network: 1 } });
    const junk = Array.from({ length: 4 }, (_, n) => `${n}`.repeat(900));
    const known = knownOf(await app.post('/sign-in', RIGHT, { known: junk.join('~') }));
    expect(known.length).toBeLessThan(1000); // browsers keep cookies of up to 4096 bytes
    for (let n = 0; n < 2; n++) await app.post('/sign-in', WRONG);
    expect((await app.post('/sign-in', RIGHT, { known })).status).toBe(200);
  });

  it('is known for this user only, and for five people', async () => {
    const limit = { sign_in_email: 1, sign_in_email_network: 1 };
    const { app, session } = await start({ limit });
    const people = Array.from({ length: 6 }, (_, n) => `person${n}@example.com`);
    for (const email of people) await app.invite(session, email);
    let known = '';
    for (const email of people) {
      known = knownOf(await app.post('/sign-in', { email, password: PASSWORD }, { known }));
    }
    expect(known.split('~')).toHaveLength(5);
    for (const [n, email] of [EMAIL, ...people].entries()) {
      await app.post('/sign-in', { ...WRONG, email }, { client: '198.51.100.9' });
      const response = await app.post('/sign-in', { email, password: PASSWORD }, { known });
      expect(response.status, email).toBe(n < 2 ? 429 : 200);
    }
  });

  it('keeps its other users when one of them signs in again', async () => {
    const { app, session } = await start();
    await app.invite(session, 'eve@example.com');
    const ofEve = knownOf(await app.post('/sign-in', { ...RIGHT, email: 'eve@example.com' }));
    let known = ofEve;
    for (let n = 0; n < 6; n++) known = knownOf(await app.post('/sign-in', RIGHT, { known }));
    expect(known.split('~').slice(1)).toEqual([ofEve]);
  });

  it('is unknown after the password has changed elsewhere', async () => {
    const { app, session } = await start({ limit: { sign_in_email: 1 } });
    const known = knownOf(await app.post('/sign-in', RIGHT));
    const newPassword = 'another long password';
    const change = { currentPassword: PASSWORD, newPassword };
    const changed = await app.post('/me/password', change, { session });
    await app.post('/sign-in', WRONG);
    const body = { ...RIGHT, password: newPassword };
    expect(refusalOf(await app.post('/sign-in', body, { known }))).toEqual(tooMany);
    const here = { known: knownOf(changed) };
    expect((await app.post('/sign-in', body, here)).status).toBe(200);
  });

  it.each(['', '~', 'x'.repeat(3000), 'a~b~c~d~e~f~g'])('is not known by %j', async (known) => {
    const { app } = await start({ limit: { sign_in_email: 1 } });
    await app.post('/sign-in', WRONG);
    expect(refusalOf(await app.post('/sign-in', RIGHT, { known }))).toEqual(tooMany);
  });

  it('is remembered by a cookie that scripts and other sites cannot use', async () => {
    const { app } = await start({ appUrl: 'https://images.example' });
    const [, cookie] = (await app.post('/sign-in', RIGHT)).headers.getSetCookie();
    const flags = 'Max-Age=31536000; Path=/v1/auth; HttpOnly; Secure; SameSite=Lax';
    expect(cookie).toMatch(new RegExp(`^__Secure-aura_known=[^;]{16,}; ${flags}$`));
    expect(cookie).not.toMatch(/ada(?:@|%40)|example/); // a random id may contain "ada"
  });

  it('stays known after signing out', async () => {
    const { app, session } = await start();
    const response = await app.call('POST', '/sign-out', { session });
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });
});

describe('a sign-in whose password is not checked', () => {
  it('is not counted', async () => {
    const { app } = await start({ limit: { sign_in_email: 1 } });
    const { signIn } = app.ports.identity;
    const failures = [
      [new PasswordQueueFullError(), [503, 'sign_in_busy']],
      [new DOMException('gone', 'AbortError'), [499, 'client_gone']],
    ] as const;
    for (const [error, refusal] of failures) {
      Object.assign(app.ports.identity, { signIn: async () => Promise.reject(error) });
      expect(refusalOf(await app.post('/sign-in', WRONG))).toEqual(refusal);
    }
    Object.assign(app.ports.identity, { signIn });
    expect((await app.post('/sign-in', RIGHT)).status).toBe(200);
  });

  it('is not counted as a change of the password or the use of a reset link, either', async () => {
    const { app, session } = await start({
      limit: { password_change: 1, password_reset_client: 1 },
    });
    const { identity } = app.ports;
    const { changePassword, acceptPasswordReset } = identity;
    const busy = () => Promise.reject(new PasswordQueueFullError());
    const change = { currentPassword: PASSWORD, newPassword: 'another long password' };
    Object.assign(identity, { changePassword: busy, acceptPasswordReset: busy });
    for (let n = 0; n < 2; n++) {
      const refusals = [
        await app.post('/me/password', change, { session }),
        await app.post('/password-resets/accept', { token: 'x', password: PASSWORD }),
      ].map(refusalOf);
      expect(refusals).toEqual([
        [503, 'sign_in_busy'],
        [503, 'sign_in_busy'],
      ]);
    }
    Object.assign(identity, { changePassword, acceptPasswordReset });
    expect((await app.post('/me/password', change, { session })).status).toBe(204);
  });

  it('waits with others of its network, behind known browsers, as long as its client stays', async () => {
    const { app } = await start();
    const known = knownOf(await app.post('/sign-in', RIGHT));
    const turns: PasswordTurn[] = [];
    const { signIn } = app.ports.identity;
    Object.assign(app.ports.identity, {
      signIn: (...given: Parameters<typeof signIn>) => {
        turns.push(given[3]);
        return signIn(...given);
      },
    });
    const client = new AbortController();
    const call = { client: '2001:db8:1:2::9', signal: client.signal };
    await app.post('/sign-in', WRONG, call);
    await app.post('/sign-in', WRONG, { known });
    client.abort();
    expect(turns).toMatchObject([
      { caller: '2001:db8:1', isKnown: false, signal: { aborted: true } },
      { caller: RIGHT.email, isKnown: true, signal: { aborted: false } },
    ]);
  });
});
