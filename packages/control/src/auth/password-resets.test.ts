import { describe, expect, it } from 'vitest';
import {
  type AuthApp,
  createAuthApp,
  knownOf,
  PASSWORD,
  refusalOf,
  sessionOf,
  tokenIn,
} from '../testing/auth-app.js';
import { resetPassword } from './password-resets.js';

const EMAIL = 'ada@example.com';
const NEXT = 'another long password';
const INVALID = [404, 'reset_link_invalid'];

/** What `aura-server reset-password` does. */
async function reset({ ports }: AuthApp, email = EMAIL): Promise<string> {
  const link = await resetPassword(
    ports,
    { appUrl: 'https://app.example' },
    email,
    (user, action, target) => {
      const actor = { kind: 'system', name: 'aura-server' } as const;
      const { accountId } = user;
      return { accountId, actor, action, project: null, target, details: {}, address: '' };
    },
  );
  expect(link?.url).toMatch(/^https:\/\/app\.example\/dashboard\/reset-password\?token=[\w.-]+$/);
  return tokenIn(link?.url ?? '');
}

describe('resetting a password', () => {
  it('ends the sessions and the CLI tokens of the user, and the password', async () => {
    const app = createAuthApp();
    const session = await app.setUp();
    const eve = await app.invite(session, 'eve@example.com');
    const user = await app.ports.identity.findSession(session);
    const userId = user?.user.id ?? '';
    const facts = { userId, name: 'laptop', expiresAt: null, credentialResets: 0 };
    const made = { ...facts, token: 'aura_cli_laptop' };
    await app.ports.cliTokens.create(made, { ...app.audit.entries[0] } as never);
    await reset(app, ' ADA@example.com');
    const credentials = [{ session }, { bearer: 'aura_cli_laptop' }];
    for (const how of credentials) {
      expect(refusalOf(await app.get('/me', how))).toEqual([401, 'credential_invalid']);
    }
    expect((await app.get('/me', { session: eve })).status).toBe(200);
    const signIn = await app.post('/sign-in', { email: EMAIL, password: PASSWORD });
    expect(refusalOf(signIn)).toEqual([401, 'sign_in_failed']);
    const entries = app.audit.entries.slice(-2);
    expect(entries).toMatchObject([
      { action: 'cli_token.revoked', target: 'laptop', actor: { kind: 'system' } },
      { action: 'account.password_reset', target: EMAIL, actor: { kind: 'system' } },
    ]);
  });

  it('ends them also when the audit log refuses the entry', async () => {
    const app = createAuthApp();
    const session = await app.setUp();
    const { user } = (await app.ports.identity.findSession(session)) ?? {};
    const facts = { userId: user?.id ?? '', name: 'laptop', expiresAt: null, credentialResets: 0 };
    const made = { ...facts, token: 'aura_cli_laptop' };
    await app.ports.cliTokens.create(made, { ...app.audit.entries[0] } as never);
    const full = { ...app.ports.audit, append: () => Promise.reject(new Error('disk full')) };
    await expect(reset({ ...app, ports: { ...app.ports, audit: full } })).rejects.toThrow('full');
    for (const how of [{ session }, { bearer: 'aura_cli_laptop' }]) {
      expect(refusalOf(await app.get('/me', how))).toEqual([401, 'credential_invalid']);
    }
  });

  it('of an unknown email does nothing', async () => {
    const { ports, audit } = createAuthApp();
    const link = await resetPassword(ports, { appUrl: '' }, 'nobody@example.com', () => {
      throw new Error('there is no user');
    });
    expect(link).toBeNull();
    expect(audit.entries).toEqual([]);
  });
});

describe('a reset link', () => {
  const accept = (app: AuthApp, token: string, password = NEXT) =>
    app.post('/password-resets/accept', { token, password });
  const check = (app: AuthApp, token: string) => app.post('/password-resets/check', { token });

  it('tells whose it is, and sets a new password once', async () => {
    const app = createAuthApp();
    await app.setUp();
    const token = await reset(app);
    expect(await (await check(app, token)).json()).toMatchObject({ email: EMAIL });
    const response = await accept(app, token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ email: EMAIL, credential: 'session' });
    expect((await app.get('/me', { session: sessionOf(response) })).status).toBe(200);
    expect(app.audit.entries.slice(-2)).toMatchObject([
      { action: 'account.password_set', address: '203.0.113.7' },
      { action: 'account.signed_in' },
    ]);
    for (const again of [await accept(app, token), await check(app, token)]) {
      expect(refusalOf(again)).toEqual(INVALID);
    }
    expect((await app.post('/sign-in', { email: EMAIL, password: NEXT })).status).toBe(200);
  });

  it('lets the user in while guesses have used up every limit of sign-ins', async () => {
    const app = createAuthApp({
      limit: { sign_in_email: 1, sign_in_network: 1, sign_in_email_network: 1 },
    });
    await app.setUp();
    const body = { email: EMAIL, password: 'a wrong one' };
    for (let n = 0; n < 3; n++) await app.post('/sign-in', body);
    const response = await accept(app, await reset(app));
    expect(response.status).toBe(200);
    const known = knownOf(response);
    const right = { email: EMAIL, password: NEXT };
    expect((await app.post('/sign-in', right, { known })).status).toBe(200);
  });

  it('is not used up by a weak password, nor by a page of another site', async () => {
    const app = createAuthApp();
    await app.setUp();
    const token = await reset(app);
    expect(refusalOf(await accept(app, token, 'short'))).toEqual([400, 'password_weak']);
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    const body = { token, password: NEXT };
    const foreign = await app.post('/password-resets/accept', body, { headers });
    expect(refusalOf(foreign)).toEqual([403, 'cross_site_request']);
    expect((await accept(app, token)).status).toBe(200);
  });

  it('cannot be guessed without limit', async () => {
    const app = createAuthApp({ limit: { password_reset_client: 3 } });
    for (let n = 0; n < 3; n++) expect(refusalOf(await check(app, `guess ${n}`))).toEqual(INVALID);
    for (const response of [await check(app, 'one more'), await accept(app, 'one more')]) {
      expect(refusalOf(response)).toEqual([429, 'too_many_attempts']);
    }
  });
});
