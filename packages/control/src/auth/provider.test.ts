import type { ProviderOutcome, SignInProvider } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { type AuthApp, createAuthApp, refusalOf, sessionOf } from '../testing/auth-app.js';

// What a real provider does is in tests/acceptance/control-provider.test.ts.

const ADA = {
  account: { issuer: 'https://accounts.example/', subject: 'ada' },
  email: 'Ada@Example.com',
  emailVerified: true,
  name: null,
};

/** A provider whose sign-ins end with an outcome, or fail. */
function fakeProvider(outcome: Partial<Extract<ProviderOutcome, { status: 'signed_in' }>> | Error) {
  const run = async <T>(result: T): Promise<T> => {
    if (outcome instanceof Error) throw outcome;
    return result;
  };
  return {
    name: 'accounts.example',
    issuer: ADA.account.issuer,
    admits: () => true,
    begin: (note) => run({ url: 'https://accounts.example/authorize', flow: `x.${note}` }),
    finish: (flow) =>
      run({ status: 'signed_in', profile: ADA, note: flow.slice(2), ...Object(outcome) }),
  } satisfies SignInProvider;
}

const begin = (app: AuthApp, body = {}) => app.post('/sign-in/provider', body);
const comeBack = (app: AuthApp, flow = 'x.sign_in-', cookie = `aura_provider=${flow}`) =>
  app.get('/sign-in/provider/callback?code=a&state=b', { headers: { Cookie: cookie } });
const pageOf = (response: Response) =>
  response.headers.get('location')?.replace('http://localhost:8787/dashboard/', '');

describe('sign-in at a provider', () => {
  it('is off until there is one', async () => {
    const app = createAuthApp();
    expect(await (await app.get('/sign-in')).json()).toEqual({ provider: null });
    const session = await app.setUp();
    for (const response of [
      await begin(app),
      await comeBack(app),
      await app.post('/me/provider', { password: 'x' }, { session }),
    ]) {
      expect(response.status).toBe(404);
    }
  });

  it('is bound to the browser by a cookie that no other host of the domain can set', async () => {
    const appUrl = 'https://app.example.com';
    const app = createAuthApp({ appUrl, provider: fakeProvider({}) });
    const cookie = (await begin(app)).headers.get('set-cookie');
    expect(cookie).toMatch(/^__Host-aura_provider=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure;/);
    expect(cookie).not.toMatch(/Domain/i);
    // The page shows which cookie was read.
    const pathWith = async (name: string) => {
      const response = await comeBack(app, '', `${name}=x.connect-1`);
      return new URL(response.headers.get('location') ?? '').pathname;
    };
    expect(await pathWith('__Host-aura_provider')).toBe('/dashboard/account');
    expect(await pathWith('__Secure-aura_provider')).toBe('/dashboard/sign-in');
  });

  it('says at which one', async () => {
    const app = createAuthApp({ provider: fakeProvider({}) });
    const ways = await (await app.get('/sign-in')).json();
    expect(ways).toEqual({ provider: { name: 'accounts.example' } });
  });

  it('makes no first account without the set-up link', async () => {
    const app = createAuthApp({ provider: fakeProvider({}) });
    expect(pageOf(await comeBack(app))).toBe('sign-in?provider=provider_person_unknown');
    await app.setUp('owner@example.com');
    const response = await comeBack(app);
    expect(pageOf(response)).toBe('sign-in?provider=account_created');
    const me = await app.get('/me', { session: sessionOf(response) });
    expect(await me.json()).toMatchObject({ email: 'ada@example.com', name: 'ada' });
    expect(app.audit.entries.at(-1)).toMatchObject({
      action: 'account.created',
      target: 'ada@example.com',
      details: { provider: 'accounts.example' },
    });
  });

  it('is refused with two different cookies', async () => {
    const app = createAuthApp({ provider: fakeProvider({}) });
    await app.setUp('owner@example.com');
    const cookies = 'aura_provider=x.sign_in-; aura_provider=y.sign_in-';
    const response = await comeBack(app, '', cookies);
    expect(pageOf(response)).toBe('sign-in?provider=sign_in_expired');
    expect(response.headers.get('set-cookie')).toMatch(/^aura_provider=; Max-Age=0;/);
  });

  it('tells that the provider does not answer, and why only to the log', async () => {
    const failure = new Error('sign-in provider: fetch failed');
    const app = createAuthApp({ provider: fakeProvider(failure) });
    expect(refusalOf(await begin(app))).toEqual([503, 'provider_unavailable']);
    expect(pageOf(await comeBack(app))).toBe('sign-in?provider=provider_unavailable');
    expect(app.failures).toEqual([failure, failure]);
  });

  it('refuses an invitation that can be none before the provider is asked', async () => {
    const app = createAuthApp({ provider: fakeProvider({}) });
    for (const invitation of ['a b', 'x'.repeat(200), 'connect;']) {
      expect(refusalOf(await begin(app, { invitation }))).toEqual([404, 'invitation_invalid']);
    }
  });

  it('is tried so often by one client, and more often if it succeeds', async () => {
    const app = createAuthApp({ provider: fakeProvider({}), limit: 2 });
    await app.setUp('owner@example.com');
    for (let count = 0; count < 3; count++) await comeBack(app);
    expect((await begin(app)).status).toBe(200);
    expect((await begin(app)).status).toBe(200);
    expect(refusalOf(await begin(app))).toEqual([429, 'too_many_attempts']);
    const late = await comeBack(app);
    expect(pageOf(late)).toBe('sign-in?provider=too_many_attempts');
    expect(late.headers.get('set-cookie')).not.toContain('aura_session');
  });

  it('counts wrong passwords of somebody who connects it', async () => {
    const app = createAuthApp({ provider: fakeProvider({}), limit: 2 });
    const session = await app.setUp();
    const connect = () => app.post('/me/provider', { password: 'wrong' }, { session });
    expect(refusalOf(await connect())).toEqual([403, 'password_wrong']);
    expect(refusalOf(await connect())).toEqual([403, 'password_wrong']);
    expect(refusalOf(await connect())).toEqual([429, 'too_many_attempts']);
  });
});
