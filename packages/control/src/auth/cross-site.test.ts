import { newAuditEntry } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { APP, createAuthApp, PASSWORD, refusalOf } from '../testing/auth-app.js';

const REFUSED = [403, 'cross_site_request'];

/** Headers that browsers send for pages of other sites; an empty value removes one. */
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': '' },
  { Origin: 'https://evil.example' },
  { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'null', 'Sec-Fetch-Site': '' },
  { Origin: '', 'Sec-Fetch-Site': 'cross-site' },
  { Origin: '', 'Sec-Fetch-Site': 'same-site' },
  { Origin: APP, 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'http://localhost:8788', 'Sec-Fetch-Site': 'same-site' },
  { Origin: 'https://localhost:8787', 'Sec-Fetch-Site': '' },
  { Origin: `${APP}.evil.example`, 'Sec-Fetch-Site': '' },
  { Origin: `${APP}/`, 'Sec-Fetch-Site': '' },
];

describe('a change with a cookie', () => {
  const change = async (headers: Readonly<Record<string, string>>) => {
    const app = createAuthApp();
    const session = await app.setUp();
    const response = await app.post('/invitations', {}, { session, headers });
    const open = await app.get('/invitations', { session });
    const { invitations } = (await open.json()) as { invitations: readonly unknown[] };
    return { response, made: invitations.length };
  };

  it.each(FOREIGN)('is refused with %j', async (headers) => {
    const { response, made } = await change(headers);
    expect(refusalOf(response)).toEqual(REFUSED);
    expect(made).toBe(0);
  });

  it.each([
    { Origin: '', 'Sec-Fetch-Site': '' },
    { Origin: '', 'Sec-Fetch-Site': 'none' },
  ])('is refused without proof of its origin, with %j', async (headers) => {
    expect(refusalOf((await change(headers)).response)).toEqual(REFUSED);
  });

  it.each([
    { Origin: APP, 'Sec-Fetch-Site': 'same-origin' },
    { Origin: APP, 'Sec-Fetch-Site': '' },
    { Origin: '', 'Sec-Fetch-Site': 'same-origin' },
  ])('is allowed from the dashboard, with %j', async (headers) => {
    const { response, made } = await change(headers);
    expect([response.status, made]).toEqual([201, 1]);
  });
});

describe('a read with a cookie', () => {
  const read = async (site: string) => {
    const app = createAuthApp();
    const session = await app.setUp();
    return app.get('/me', { session, headers: { Origin: '', 'Sec-Fetch-Site': site } });
  };

  it('is refused to a page of another site', async () => {
    expect(refusalOf(await read('cross-site'))).toEqual(REFUSED);
  });

  it.each(['', 'none', 'same-origin', 'same-site'])(
    'is allowed with the site "%s"',
    async (site) => {
      expect((await read(site)).status).toBe(200);
    },
  );
});

describe('a bearer token', () => {
  it('needs no proof: browsers do not add it by themselves', async () => {
    const app = createAuthApp();
    await app.setUp();
    const [user] = app.audit.entries;
    const { identity, cliTokens } = app.ports;
    const client = { address: '', userAgent: '' };
    const turn = { caller: '', isKnown: true, signal: new AbortController().signal };
    const began = await identity.signIn(user?.actor.name ?? '', PASSWORD, client, turn);
    const token = 'aura_cli_token';
    const entry = newAuditEntry('account', 'cli_token.created');
    const userId = began?.user.id ?? '';
    const facts = { userId, name: 'laptop', token, expiresAt: null, credentialResets: 0 };
    await cliTokens.create(facts, entry);
    const headers = { Origin: '', 'Sec-Fetch-Site': '' };
    expect((await app.post('/invitations', {}, { bearer: token, headers })).status).toBe(201);
  });
});

describe('starting a session', () => {
  const right = { email: 'ada@example.com', password: PASSWORD };

  it.each(FOREIGN)('is refused to pages of other sites, with %j', async (headers) => {
    const app = createAuthApp();
    await app.setUp();
    for (const [path, body] of [
      ['/sign-in', right],
      ['/invitations/accept', { ...right, token: 'token' }],
    ] as const) {
      const response = await app.post(path, body, { headers });
      expect(refusalOf(response)).toEqual(REFUSED);
      expect(response.headers.has('set-cookie')).toBe(false);
    }
  });

  it('is allowed to clients that are not browsers', async () => {
    const app = createAuthApp();
    await app.setUp();
    const headers = { Origin: '', 'Sec-Fetch-Site': '' };
    expect((await app.post('/sign-in', right, { headers })).status).toBe(200);
  });

  it('refuses forms, which pages of other sites can send', async () => {
    const app = createAuthApp();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const headers = { 'Content-Type': type };
      const response = await app.post('/sign-in', right, { headers });
      expect(refusalOf(response), type).toEqual([415, 'json_required']);
    }
  });
});
