import { newAuditEntry } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createAuthApp, PASSWORD, refusalOf, sessionOf } from '../testing/auth-app.js';

async function start() {
  const app = createAuthApp();
  const session = await app.setUp();
  const eve = await app.invite(session, 'eve@example.com');
  const list = async <Row>(path: string, session: string, bearer?: string) => {
    const how = bearer === undefined ? { session } : { bearer };
    const response = await app.get(path, how);
    const body = (await response.json()) as Record<string, readonly Row[]>;
    return Object.values(body)[0] ?? [];
  };
  const remove = (path: string, session: string) => app.call('DELETE', path, { session });
  const giveToken = async (token: string) => {
    const [{ id: accountUser } = { id: '' }] = await userOf(session);
    const entry = newAuditEntry('account', 'cli_token.created');
    const facts = { userId: accountUser, name: token, expiresAt: null, credentialResets: 0 };
    await app.ports.cliTokens.create({ ...facts, token }, entry);
  };
  const userOf = async (token: string) => {
    const found = await app.ports.identity.findSession(token);
    return found === null ? [] : [found.user];
  };
  return { app, session, eve, list, remove, giveToken };
}

interface SessionRow {
  readonly id: string;
  readonly current: boolean;
}

describe('the list of sessions', () => {
  it('has the user’s own, and marks the current one', async () => {
    const { app, session, eve, list } = await start();
    const right = { email: 'ada@example.com', password: PASSWORD };
    await app.post('/sign-in', right, { headers: { 'User-Agent': 'x'.repeat(500) } });
    const rows = await list<SessionRow & { userAgent: string }>('/sessions', session);
    expect(rows.map(({ current }) => current).sort()).toEqual([false, true]);
    expect(rows.find(({ current }) => !current)).toMatchObject({
      address: '203.0.113.7',
      userAgent: 'x'.repeat(300),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(JSON.stringify(rows)).not.toContain(session);
    expect(await list('/sessions', eve)).toHaveLength(1);
  });

  it('ends one of the user’s own at once', async () => {
    const { app, session, list, remove } = await start();
    const other = sessionOf(
      await app.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }),
    );
    const row = (await list<SessionRow>('/sessions', session)).find(({ current }) => !current);
    expect((await remove(`/sessions/${row?.id}`, session)).status).toBe(204);
    expect(refusalOf(await app.get('/me', { session: other }))).toEqual([
      401,
      'credential_invalid',
    ]);
    expect(app.audit.entries.at(-1)).toMatchObject({ action: 'session.revoked' });
  });

  it('does not end those of other users', async () => {
    const { app, session, eve, list, remove } = await start();
    const [row] = await list<SessionRow>('/sessions', session);
    const notFound = [404, 'session_not_found'];
    expect(refusalOf(await remove(`/sessions/${row?.id}`, eve))).toEqual(notFound);
    expect(refusalOf(await remove('/sessions/unknown', eve))).toEqual(notFound);
    expect((await app.get('/me', { session })).status).toBe(200);
  });
});

describe('the list of CLI tokens', () => {
  it('has the user’s own, and marks the current one', async () => {
    const { session, eve, list, giveToken } = await start();
    await giveToken('aura_cli_first');
    await giveToken('aura_cli_second');
    const expected = [
      { name: 'aura_cli_second', lastFour: 'cond', lastUsedAt: null, current: false },
      { name: 'aura_cli_first', lastFour: 'irst', lastUsedAt: null, current: true },
    ];
    expect(await list('/cli-tokens', '', 'aura_cli_first')).toMatchObject(expected);
    expect(await list('/cli-tokens', session)).toHaveLength(2);
    expect(await list('/cli-tokens', eve)).toEqual([]);
  });

  it('revokes the user’s own at once, and not those of other users', async () => {
    const { app, session, eve, list, remove, giveToken } = await start();
    await giveToken('aura_cli_first');
    const [row] = await list<{ id: string }>('/cli-tokens', session);
    const path = `/cli-tokens/${row?.id}`;
    expect(refusalOf(await remove(path, eve))).toEqual([404, 'cli_token_not_found']);
    expect((await app.get('/me', { bearer: 'aura_cli_first' })).status).toBe(200);
    expect((await remove(path, session)).status).toBe(204);
    const response = await app.get('/me', { bearer: 'aura_cli_first' });
    expect(refusalOf(response)).toEqual([401, 'credential_invalid']);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="auraimage"');
    expect(app.audit.entries.at(-1)).toMatchObject({
      action: 'cli_token.revoked',
      target: 'aura_cli_first',
    });
  });

  it('lets a command line sign itself out', async () => {
    const { app, session, remove, giveToken } = await start();
    await giveToken('aura_cli_first');
    const notFound = [404, 'cli_token_not_found'];
    expect(refusalOf(await remove('/cli-tokens/me', session))).toEqual(notFound);
    const signOut = () => app.call('DELETE', '/cli-tokens/me', { bearer: 'aura_cli_first' });
    expect((await signOut()).status).toBe(204);
    expect(refusalOf(await signOut())).toEqual([401, 'credential_invalid']);
  });
});

describe('a CLI token', () => {
  it('is refused where only sessions are accepted', async () => {
    const { app, giveToken } = await start();
    await giveToken('aura_cli_first');
    const bearer = 'aura_cli_first';
    const passwords = { currentPassword: PASSWORD, newPassword: 'another long password' };
    for (const response of [
      await app.call('POST', '/sign-out', { bearer }),
      await app.post('/me/password', passwords, { bearer }),
    ]) {
      expect(refusalOf(response)).toEqual([401, 'sign_in_required']);
    }
  });

  it('wins over a cookie', async () => {
    const { app, session, eve, giveToken } = await start();
    await giveToken('aura_cli_first');
    const both = await app.get('/me', { session: eve, bearer: 'aura_cli_first' });
    expect(await both.json()).toMatchObject({ email: 'ada@example.com' });
    expect(both.headers.has('set-cookie')).toBe(false);
    for (const bearer of ['aura_cli_unknown', 'sk_live_unknown', session, '']) {
      const response = await app.get('/me', { session, bearer });
      expect(refusalOf(response), bearer).toEqual([401, 'credential_invalid']);
    }
    const headers = { Authorization: 'Basic YTpi' };
    expect((await app.get('/me', { session, headers })).status).toBe(200);
  });
});

describe('every route', () => {
  it('needs a credential, except those that issue one', async () => {
    const { app } = await start();
    for (const [method, path] of [
      ['GET', '/me'],
      ['GET', '/me/methods'],
      ['POST', '/me/password'],
      ['POST', '/me/second-factor'],
      ['POST', '/me/second-factor/enable'],
      ['POST', '/me/second-factor/backup-codes'],
      ['POST', '/me/second-factor/disable'],
      ['POST', '/sign-out'],
      ['GET', '/sessions'],
      ['DELETE', '/sessions/id'],
      ['GET', '/cli-tokens'],
      ['DELETE', '/cli-tokens/me'],
      ['DELETE', '/cli-tokens/id'],
      ['GET', '/invitations'],
      ['POST', '/invitations'],
      ['DELETE', '/invitations/id'],
      ['POST', '/device/lookup'],
      ['POST', '/device/approve'],
      ['POST', '/device/deny'],
    ] as const) {
      const response = await app.call(method, path, method === 'POST' ? { body: {} } : {});
      expect(refusalOf(response), path).toEqual([401, 'sign_in_required']);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });
});
