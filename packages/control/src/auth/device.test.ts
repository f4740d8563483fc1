import { describe, expect, it } from 'vitest';
import { APP, type AuthApp, createAuthApp, refusalOf } from '../testing/auth-app.js';

interface Codes {
  readonly device_code: string;
  readonly user_code: string;
}

const NOT_FOUND = [404, 'device_code_not_found'];
const TOO_MANY = [429, 'too_many_attempts'];

async function start(options?: Parameters<typeof createAuthApp>[0]) {
  const app = createAuthApp(options);
  const session = await app.setUp();
  const codes = await request(app);
  return { app, session, codes };
}

async function request(app: AuthApp, name = 'laptop'): Promise<Codes> {
  const response = await app.post('/device/code', { name }, { client: '198.51.100.1' });
  return (await response.json()) as Codes;
}

const poll = (app: AuthApp, { device_code }: Codes) => app.post('/device/token', { device_code });

const decide = (app: AuthApp, verdict: string, session: string, userCode: string) =>
  app.post(`/device/${verdict}`, { userCode }, { session });

describe('a device request', () => {
  it('returns the codes and the address of the page', async () => {
    const { codes } = await start();
    expect(codes.user_code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
    expect(codes).toEqual({
      device_code: expect.stringMatching(/^.{32,}$/),
      user_code: codes.user_code,
      verification_uri: `${APP}/device`,
      verification_uri_complete: `${APP}/device?code=${codes.user_code}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it.each(['', ' ', 'x'.repeat(101), 'line\nbreak', 'bell\u0007', 'turn\u202earound'])(
    'refuses the device name %j',
    async (name) => {
      const response = await createAuthApp().post('/device/code', { name });
      expect(refusalOf(response)).toEqual([400, 'field_invalid']);
    },
  );

  it('is limited by client', async () => {
    const app = createAuthApp({ limit: 3 });
    const call = (client: string) => app.post('/device/code', { name: 'laptop' }, { client });
    for (let n = 0; n < 3; n++) expect((await call('192.0.2.1')).status).toBe(200);
    expect(refusalOf(await call('192.0.2.1'))).toEqual(TOO_MANY);
    expect((await call('192.0.2.2')).status).toBe(200);
  });
});

describe('a decision', () => {
  it.each([
    ['approve', 'device.approved'],
    ['deny', 'device.denied'],
  ])('is in the audit log with the address of who decided: %s', async (verdict, action) => {
    const { app, session, codes } = await start();
    const how = { session, client: '192.0.2.44' };
    await app.post(`/device/${verdict}`, { userCode: codes.user_code }, how);
    const entry = {
      action,
      actor: { kind: 'session', name: 'ada@example.com' },
      target: 'laptop',
      details: { deviceAddress: '198.51.100.1' },
      address: '192.0.2.44',
    };
    expect(app.audit.entries.at(-1)).toMatchObject(entry);
    const entries = app.audit.entries.length;
    const again = await app.post(`/device/${verdict}`, { userCode: codes.user_code }, how);
    expect(refusalOf(again)).toEqual(NOT_FOUND);
    expect(app.audit.entries).toHaveLength(entries);
  });
});

describe('polling', () => {
  it('is answered with authorization_pending, then slow_down', async () => {
    const { app, codes } = await start();
    const first = await poll(app, codes);
    expect(refusalOf(first)).toEqual([400, 'authorization_pending']);
    expect(await first.json()).toMatchObject({ error: 'authorization_pending' });
    const second = await poll(app, codes);
    expect(refusalOf(second)).toEqual([400, 'slow_down']);
    expect(await second.json()).toMatchObject({ error: 'slow_down', interval: 10 });
  });

  it('returns a token once, which signs the command line in', async () => {
    const { app, session, codes } = await start();
    expect((await decide(app, 'approve', session, codes.user_code)).status).toBe(204);
    const response = await poll(app, codes);
    expect(response.status).toBe(200);
    const { token, email } = (await response.json()) as Record<string, string>;
    expect(email).toBe('ada@example.com');
    expect(token).toMatch(/^aura_cli_[\w-]{43}$/);
    const me = await app.get('/me', { bearer: token ?? '' });
    expect(await me.json()).toMatchObject({ email, credential: 'cli_token' });
    expect(app.audit.entries.at(-1)).toMatchObject({
      action: 'cli_token.created',
      target: 'laptop',
      actor: { kind: 'session', name: 'ada@example.com' },
    });
    app.pass(5);
    expect(refusalOf(await poll(app, codes))).toEqual([400, 'expired_token']);
  });

  it.each([
    ['90 days where the approval says nothing', {}, 90],
    ['the days of the approval', { expiresInDays: 30 }, 30],
    ['no end', { expiresInDays: null }, null],
  ])('returns a token with an expiry: %s', async (_, chosen, days) => {
    const { app, session, codes } = await start();
    const body = { userCode: codes.user_code, ...chosen };
    const before = app.ports.clock.now();
    expect((await app.post('/device/approve', body, { session })).status).toBe(204);
    app.pass(60);
    const { token, expiresAt } = (await (await poll(app, codes)).json()) as {
      readonly token: string;
      readonly expiresAt: string | null;
    };
    const me = () => app.get('/me', { bearer: token });
    const list = await app.get('/cli-tokens', { session });
    expect(await list.json()).toMatchObject({ tokens: [{ expiresAt }] });
    expect(await (await me()).json()).toMatchObject({ tokenExpiresAt: expiresAt });
    if (days === null) return expect(expiresAt).toBeNull();
    const end = Date.parse(expiresAt ?? '');
    expect(end - before).toBeGreaterThanOrEqual(days * 86_400_000);
    expect(end - before).toBeLessThan(days * 86_400_000 + 60_000);
    app.pass(days * 86_400);
    expect(refusalOf(await me())).toEqual([401, 'cli_token_expired']);
  });

  it.each([0, 367, 1.5, '30'])('does not take %j days', async (expiresInDays) => {
    const { app, session, codes } = await start();
    const body = { userCode: codes.user_code, expiresInDays };
    const response = await app.post('/device/approve', body, { session });
    expect(refusalOf(response)).toEqual([400, 'field_invalid']);
  });

  it('returns no token when everything of the user was ended since the approval', async () => {
    const { app, session, codes } = await start();
    await decide(app, 'approve', session, codes.user_code);
    app.ports.cliTokens.create = async () => null;
    const response = await poll(app, codes);
    expect(refusalOf(response)).toEqual([400, 'expired_token']);
    expect(await response.json()).toMatchObject({ error: 'expired_token' });
  });

  it('returns one token to concurrent requests', async () => {
    const { app, session, codes } = await start();
    await decide(app, 'approve', session, codes.user_code);
    const responses = await Promise.all(Array.from({ length: 5 }, () => poll(app, codes)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    const list = await app.get('/cli-tokens', { session });
    const { tokens } = (await list.json()) as { tokens: readonly unknown[] };
    expect(tokens).toHaveLength(1);
  });

  it('ends when the device is denied', async () => {
    const { app, session, codes } = await start();
    expect((await decide(app, 'deny', session, codes.user_code)).status).toBe(204);
    const response = await poll(app, codes);
    expect(refusalOf(response)).toEqual([400, 'access_denied']);
    expect(await response.json()).toMatchObject({ error: 'access_denied' });
  });

  it('ends after ten minutes, even if the device was approved', async () => {
    const { app, session, codes } = await start();
    await decide(app, 'approve', session, codes.user_code);
    app.pass(600);
    const response = await poll(app, codes);
    expect(refusalOf(response)).toEqual([400, 'expired_token']);
    expect(await response.json()).toMatchObject({ error: 'expired_token' });
  });

  it('has the same response for an unknown code and an expired one', async () => {
    const { app, codes } = await start();
    app.pass(600);
    const expired = await (await poll(app, codes)).text();
    const unknown = await poll(app, { device_code: 'unknown', user_code: '' });
    expect(await unknown.text()).toBe(expired);
    const swapped = await poll(app, { device_code: codes.user_code, user_code: '' });
    expect(await swapped.text()).toBe(expired);
  });

  it('can be cancelled, and the response does not reveal whether a code exists', async () => {
    const { app, session, codes } = await start();
    for (const device_code of [codes.device_code, codes.device_code, 'unknown']) {
      expect((await app.post('/device/cancel', { device_code })).status).toBe(204);
    }
    expect(refusalOf(await poll(app, codes))).toEqual([400, 'expired_token']);
    const late = await decide(app, 'approve', session, codes.user_code);
    expect(refusalOf(late)).toEqual(NOT_FOUND);
  });
});

describe('the page', () => {
  const look = (app: AuthApp, session: string, userCode: string, client?: string) =>
    app.post(
      '/device/lookup',
      { userCode },
      client === undefined ? { session } : { session, client },
    );

  it('shows the name and address of the device', async () => {
    const { app, session, codes } = await start();
    const response = await look(app, session, codes.user_code);
    expect(await response.json()).toMatchObject({
      userCode: codes.user_code,
      name: 'laptop',
      address: '198.51.100.1',
    });
  });

  it('accepts a code as people type it', async () => {
    const { app, session, codes } = await start();
    const plain = codes.user_code.replace('-', '');
    for (const typed of [plain, plain.toLowerCase(), ` ${codes.user_code.toLowerCase()} `]) {
      const response = await look(app, session, typed);
      expect(await response.json()).toMatchObject({ userCode: codes.user_code });
    }
  });

  it('has the same response for unknown, decided and expired codes', async () => {
    const { app, session, codes } = await start();
    const unknown = await look(app, session, 'AAAA-AAAA');
    expect(refusalOf(unknown)).toEqual(NOT_FOUND);
    const text = await unknown.text();
    await decide(app, 'deny', session, codes.user_code);
    const expired = await request(app);
    app.pass(600);
    for (const { user_code } of [codes, expired]) {
      expect(await (await look(app, session, user_code)).text()).toBe(text);
      expect(refusalOf(await decide(app, 'approve', session, user_code))).toEqual(NOT_FOUND);
    }
  });

  it('is for people, not for the command line', async () => {
    const { app, session, codes } = await start();
    await decide(app, 'approve', session, codes.user_code);
    const { token } = (await (await poll(app, codes)).json()) as { token: string };
    const { user_code: userCode } = await request(app);
    for (const path of ['/device/lookup', '/device/approve', '/device/deny']) {
      const refused = [401, 'sign_in_required'];
      expect(refusalOf(await app.post(path, { userCode }, { bearer: token }))).toEqual(refused);
      expect(refusalOf(await app.post(path, { userCode }))).toEqual(refused);
    }
  });

  it('accepts one of several concurrent decisions about a code', async () => {
    const { app, session, codes } = await start();
    const eve = await app.invite(session, 'eve@example.com');
    const responses = await Promise.all([
      decide(app, 'approve', session, codes.user_code),
      decide(app, 'deny', eve, codes.user_code),
      decide(app, 'approve', eve, codes.user_code),
    ]);
    expect(responses.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
  });

  it('limits wrong codes by user, across clients', async () => {
    const { app, session, codes } = await start({ limit: 10 });
    for (let n = 0; n < 10; n++) {
      const response = await look(app, session, 'AAAA-AAAA', `198.51.100.${n}`);
      expect(refusalOf(response)).toEqual(NOT_FOUND);
    }
    const blocked = await look(app, session, codes.user_code, '192.0.2.1');
    expect(refusalOf(blocked)).toEqual(TOO_MANY);
    expect(blocked.headers.get('retry-after')).toBe('60');
    for (const verdict of ['approve', 'deny']) {
      expect(refusalOf(await decide(app, verdict, session, codes.user_code))).toEqual(TOO_MANY);
    }
  });

  it('limits wrong codes by client, across users', async () => {
    const { app, session } = await start({ limit: 10 });
    const eve = await app.invite(session, 'eve@example.com');
    for (let n = 0; n < 5; n++) {
      await look(app, session, 'AAAA-AAAA');
      await look(app, eve, 'AAAA-AAAA');
    }
    expect(refusalOf(await look(app, eve, 'AAAA-AAAA'))).toEqual(TOO_MANY);
  });

  it('counts wrong codes between right ones', async () => {
    const { app, session, codes } = await start({ limit: 10 });
    let guesses = 0;
    for (let n = 0; n < 30; n++) {
      await look(app, session, codes.user_code);
      if ((await look(app, session, 'AAAA-AAAA')).status === 404) guesses++;
    }
    expect(guesses).toBeLessThanOrEqual(10);
  });

  it('does not limit people who approve many devices', async () => {
    const { app, session } = await start({ limit: 3 });
    for (let n = 0; n < 10; n++) {
      const client = `198.51.100.${n}`;
      const requested = await app.post('/device/code', { name: 'laptop' }, { client });
      const { user_code } = (await requested.json()) as Codes;
      expect((await look(app, session, user_code)).status).toBe(200);
      expect((await decide(app, 'approve', session, user_code)).status).toBe(204);
    }
  });
});
