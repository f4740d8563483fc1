import { totp, wrongTotp } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import {
  type AuthApp,
  type AuthAppOptions,
  type Call,
  createAuthApp,
  knownOf,
  PASSWORD,
  refusalOf,
  sessionOf,
  tokenIn,
} from '../testing/auth-app.js';
import { resetPassword } from './password-resets.js';

const EMAIL = 'ada@example.com';
const RIGHT = { email: EMAIL, password: PASSWORD };
const STEP = 30;

/** A user who has turned the second factor on; the code of the current step is not used up. */
async function start(options?: AuthAppOptions) {
  const app = createAuthApp(options);
  const session = await app.setUp();
  const { secret } = await prepare(app, session);
  const codeOf = () => totp(secret, app.ports.clock.now());
  const body = { code: await codeOf() };
  const enabled = await app.post('/me/second-factor/enable', body, { session });
  const { backupCodes } = (await enabled.json()) as { backupCodes: string[] };
  app.pass(STEP);
  const wrong = await wrongTotp(secret, app.ports.clock.now());
  return { app, session, codeOf, wrong, backupCodes };
}

async function prepare(app: AuthApp, session: string) {
  const response = await app.post('/me/second-factor', { password: PASSWORD }, { session });
  expect(response.status).toBe(200);
  return (await response.json()) as { secret: string; uri: string };
}

/** The cookie of the second step. */
function pendingOf(response: Response): string {
  const value = /aura_pending=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1];
  if (value === undefined) throw new Error(`status ${response.status} asks for no second step`);
  return value;
}

const firstStep = async (app: AuthApp, how?: Call) =>
  pendingOf(await app.post('/sign-in', RIGHT, how));

function secondStep(app: AuthApp, pending: string, code: string, how: Call = {}) {
  const prefix = how.known === undefined ? '' : `aura_known=${how.known}; `;
  const headers = { Cookie: `${prefix}aura_pending=${pending}`, ...how.headers };
  return app.post('/sign-in/second-factor', { code }, { ...how, headers });
}

const actionsOf = (app: AuthApp) => app.audit.entries.map(({ action }) => action);

describe('signing in with a second factor', () => {
  it('starts a session with the second step only', async () => {
    const { app, codeOf } = await start();
    const first = await app.post('/sign-in', RIGHT);
    expect(first.status).toBe(200);
    const { next, expiresAt } = (await first.json()) as { next: string; expiresAt: string };
    const inMinutes = (Date.parse(expiresAt) - app.ports.clock.now()) / 60_000;
    expect([next, Math.round(inMinutes)]).toEqual(['second_factor', 10]);
    const cookies = first.headers.getSetCookie();
    const flags = 'Max-Age=600; Path=/v1/auth/sign-in; HttpOnly; SameSite=Lax';
    expect(cookies).toEqual([expect.stringMatching(new RegExp(`^aura_pending=[^;]+; ${flags}$`))]);
    const pending = pendingOf(first);
    expect(refusalOf(await app.get('/me', { session: pending }))[0]).toBe(401);
    const second = await secondStep(app, pending, await codeOf());
    expect(await second.json()).toMatchObject({ email: EMAIL, credential: 'session' });
    expect(second.headers.getSetCookie().at(-1)).toMatch(/^aura_pending=; Max-Age=0;/);
    expect((await app.get('/me', { session: sessionOf(second) })).status).toBe(200);
    expect(app.audit.entries.at(-1)).toMatchObject({
      action: 'account.signed_in',
      details: { secondFactor: 'totp' },
    });
  });

  it('refuses a code that was used, also with another sign-in', async () => {
    const { app, codeOf } = await start();
    const [pending, other] = [await firstStep(app), await firstStep(app)];
    const code = await codeOf();
    expect((await secondStep(app, pending, code)).status).toBe(200);
    for (const again of [pending, other]) {
      const refused = await secondStep(app, again, code);
      expect(refusalOf(refused)).toEqual([403, 'second_factor_wrong']);
      expect(refused.headers.has('set-cookie')).toBe(false);
    }
  });

  it('accepts a backup code, once', async () => {
    const { app, backupCodes } = await start();
    const [code = ''] = backupCodes;
    const pending = await firstStep(app);
    expect((await secondStep(app, pending, code)).status).toBe(200);
    expect(app.audit.entries.at(-1)?.details).toEqual({ secondFactor: 'backup_code' });
    const again = await secondStep(app, pending, code);
    expect(refusalOf(again)).toEqual([403, 'second_factor_wrong']);
  });

  it('needs a first step in the same browser, less than ten minutes ago', async () => {
    const { app, codeOf } = await start();
    const expired = [401, 'sign_in_expired'];
    const pending = await firstStep(app);
    const other = await firstStep(app);
    const without = await app.post('/sign-in/second-factor', { code: await codeOf() });
    expect(refusalOf(without)).toEqual(expired);
    for (const wrong of ['', 'x', pending.slice(1), `${pending}; aura_pending=${other}x`]) {
      expect(refusalOf(await secondStep(app, wrong, await codeOf())), wrong).toEqual(expired);
    }
    app.pass(600);
    expect(refusalOf(await secondStep(app, pending, await codeOf()))).toEqual(expired);
  });

  it('is refused to pages of other sites', async () => {
    const { app, codeOf } = await start();
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    const response = await secondStep(app, await firstStep(app), await codeOf(), { headers });
    expect(refusalOf(response)).toEqual([403, 'cross_site_request']);
  });

  it('logs wrong codes as what they are: somebody has the password', async () => {
    const { app, wrong } = await start();
    const pending = await firstStep(app);
    for (let n = 0; n < 2; n++) await secondStep(app, pending, wrong, { client: '192.0.2.1' });
    await app.post('/sign-in', { ...RIGHT, password: 'wrong' });
    await app.writeSignInFailures();
    expect(app.audit.entries.slice(-2)).toMatchObject([
      {
        action: 'account.second_factor_failed',
        actor: { kind: 'unauthenticated', name: EMAIL },
        details: { attempts: 2 },
        address: '192.0.2.1',
      },
      { action: 'account.sign_in_failed', details: { attempts: 1 } },
    ]);
  });
});

describe('guessing a code', () => {
  const tooMany = [429, 'too_many_attempts'];

  it.each(['second_factor_user', 'second_factor_network'] as const)(
    'is limited by %s, also for concurrent requests and with new sign-ins',
    async (kind) => {
      const { app, codeOf, wrong } = await start({ limit: { [kind]: 10 } });
      const guess = async () => secondStep(app, await firstStep(app), wrong);
      const guesses = await Promise.all(Array.from({ length: 20 }, guess));
      expect(guesses.filter(({ status }) => status === 403)).toHaveLength(10);
      const right = await secondStep(app, await firstStep(app), await codeOf());
      expect(refusalOf(right)).toEqual(tooMany);
    },
  );

  it('by somebody who knows the password does not lock the user out of a known browser', async () => {
    const { app, codeOf, wrong } = await start({
      limit: { second_factor_user: 3, second_factor_network: 3 },
    });
    const before = await secondStep(app, await firstStep(app), await codeOf());
    const known = knownOf(before);
    const stolen = await firstStep(app);
    for (let n = 0; n < 4; n++) await secondStep(app, stolen, wrong);
    expect(refusalOf(await secondStep(app, stolen, wrong))).toEqual(tooMany);
    app.pass(STEP);
    const pending = await firstStep(app, { known });
    expect((await secondStep(app, pending, await codeOf(), { known })).status).toBe(200);
  });

  it('is over after a hundred wrong ones in a row, until a backup code', async () => {
    const { app, codeOf, wrong, backupCodes } = await start();
    const pending = await firstStep(app);
    for (let n = 0; n < 100; n++) await secondStep(app, pending, wrong);
    const locked = await secondStep(app, pending, await codeOf());
    expect(refusalOf(locked)).toEqual([403, 'second_factor_locked']);
    expect((await secondStep(app, pending, backupCodes[0] ?? '')).status).toBe(200);
    expect((await secondStep(app, await firstStep(app), await codeOf())).status).toBe(200);
  });
});

describe('the second factor of a user', () => {
  it('is shown as a secret and an address, and then never again', async () => {
    const app = createAuthApp();
    const session = await app.setUp();
    const { secret, uri } = await prepare(app, session);
    expect(uri).toContain(encodeURIComponent('AuraImage localhost:8787'));
    const methods = await app.get('/me/methods', { session });
    expect(await methods.json()).toMatchObject({ methods: ['password'], secondFactor: null });
    const body = { code: await totp(secret, app.ports.clock.now()) };
    const enabled = await app.post('/me/second-factor/enable', body, { session });
    expect(((await enabled.json()) as { backupCodes: string[] }).backupCodes).toHaveLength(10);
    const shown = await (await app.get('/me/methods', { session })).text();
    expect(JSON.parse(shown)).toMatchObject({
      secondFactor: { enabledAt: expect.stringMatching(/^2/), backupCodes: 10 },
    });
    expect(shown).not.toContain(secret);
    const again = await app.post('/me/second-factor', { password: PASSWORD }, { session });
    expect(refusalOf(again)).toEqual([409, 'second_factor_on']);
    expect(actionsOf(app).at(-1)).toBe('account.second_factor_enabled');
  });

  it('is not changed with a CLI token, nor without the password', async () => {
    const {
      app,
      session,
      codeOf,
      wrong: wrongCode,
    } = await start({ limit: { password_change: 3 } });
    const { user } = (await app.ports.identity.findSession(session)) ?? {};
    const facts = { userId: user?.id ?? '', name: 'laptop', expiresAt: null, credentialResets: 0 };
    const token = { ...facts, token: 'aura_cli_laptop' };
    await app.ports.cliTokens.create(token, { ...app.audit.entries[0] } as never);
    const body = { password: PASSWORD, code: await codeOf() };
    for (const [path, given] of [
      ['', { password: PASSWORD }],
      ['/enable', { code: body.code }],
      ['/backup-codes', body],
      ['/disable', body],
    ] as const) {
      const byToken = await app.post(`/me/second-factor${path}`, given, { bearer: token.token });
      expect(refusalOf(byToken), path).toEqual([401, 'sign_in_required']);
    }
    const disable = (given: object) => app.post('/me/second-factor/disable', given, { session });
    const wrong = { ...body, password: 'wrong' };
    expect(refusalOf(await disable(wrong))).toEqual([403, 'password_wrong']);
    const refused = await disable({ ...body, code: wrongCode });
    expect(refusalOf(refused)).toEqual([403, 'second_factor_wrong']);
    await disable(wrong);
    expect(refusalOf(await disable(body))).toEqual([429, 'too_many_attempts']);
  });

  it('does not help to guess the password: nothing that was not prepared resets its limit', async () => {
    const app = createAuthApp({ limit: { password_change: 3 } });
    const session = await app.setUp();
    const guess = () => app.post('/me/second-factor', { password: 'wrong' }, { session });
    for (let n = 0; n < 3; n++) {
      expect(refusalOf(await guess())).toEqual([403, 'password_wrong']);
      const enabling = app.post('/me/second-factor/enable', { code: '123456' }, { session });
      expect(refusalOf(await enabling)).toEqual([409, 'second_factor_unprepared']);
    }
    expect(refusalOf(await guess())).toEqual([429, 'too_many_attempts']);
  });

  it('is turned off, and gets new backup codes, with the password and a code', async () => {
    const { app, session, codeOf, backupCodes } = await start();
    const post = (path: string, code: string) =>
      app.post(`/me/second-factor/${path}`, { password: PASSWORD, code }, { session });
    const renewed = await post('backup-codes', await codeOf());
    const next = ((await renewed.json()) as { backupCodes: string[] }).backupCodes;
    const refused = await post('disable', backupCodes[0] ?? '');
    expect(refusalOf(refused)).toEqual([403, 'second_factor_wrong']);
    expect((await post('disable', next[0] ?? '')).status).toBe(204);
    expect(sessionOf(await app.post('/sign-in', RIGHT))).toMatch(/./);
    for (const path of ['disable', 'backup-codes']) {
      expect(refusalOf(await post(path, next[1] ?? ''))).toEqual([409, 'second_factor_off']);
    }
    expect(actionsOf(app)).toEqual(
      expect.arrayContaining(['account.backup_codes_renewed', 'account.second_factor_disabled']),
    );
  });
});

describe('a password reset', () => {
  const reset = async ({ ports }: AuthApp, removeSecondFactor: boolean) => {
    const options = { appUrl: 'https://app.example', removeSecondFactor };
    const link = await resetPassword(ports, options, EMAIL, (user, action, target) => {
      const actor = { kind: 'system', name: 'aura-server' } as const;
      const { accountId } = user;
      return { accountId, actor, action, project: null, target, details: {}, address: '' };
    });
    const body = { token: tokenIn(link?.url ?? ''), password: 'another long password' };
    return body;
  };

  it('keeps the second factor: the link alone starts no session', async () => {
    const { app, codeOf } = await start();
    const response = await app.post('/password-resets/accept', await reset(app, false));
    expect(await response.json()).toMatchObject({ next: 'second_factor' });
    const second = await secondStep(app, pendingOf(response), await codeOf());
    expect((await app.get('/me', { session: sessionOf(second) })).status).toBe(200);
  });

  it('turns it off if the operator says so', async () => {
    const { app } = await start();
    const response = await app.post('/password-resets/accept', await reset(app, true));
    expect(sessionOf(response)).toMatch(/./);
    expect(actionsOf(app)).toContain('account.second_factor_removed');
  });
});
