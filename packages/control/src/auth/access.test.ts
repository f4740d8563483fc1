import type { Project, SecretKey } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { createMemoryCliTokens } from '../testing/memory-accounts.js';
import { createMemoryIdentity } from '../testing/memory-identity.js';
import { createAccess } from './access.js';

const APP = 'http://localhost:8787';

const project = (name: string, accountId: string): Project => ({
  id: `id of ${name}`,
  accountId,
  name,
  allowedOrigins: [],
  quotaBytes: null,
  usedBytes: 0,
  images: 0,
  createdAt: 0,
});

const key = (name: string, accountId: string, projectId: string | null): SecretKey => ({
  id: `id of ${name}`,
  accountId,
  projectId,
  name,
  lastFour: '1234',
  createdAt: 0,
  lastUsedAt: null,
});

async function start() {
  const projects = [project('mine', 'ada'), project('second', 'ada'), project('hers', 'eve')];
  const keys = new Map([
    ['sk_live_mine', key('mine', 'ada', 'id of mine')],
    ['sk_live_all', key('all', 'ada', null)],
    ['sk_live_lost', key('lost', 'eve', 'id of mine')],
  ]);
  const lookedUp: string[] = [];
  const identity = createMemoryIdentity();
  const cliTokens = createMemoryCliTokens();
  const registry = {
    findProject: async (name: string) => {
      lookedUp.push(name);
      return projects.find((each) => each.name === name) ?? null;
    },
    findSecretKey: async (secret: string) => keys.get(secret) ?? null,
  };
  const facts = { email: 'ada@example.com', name: 'Ada', password: 'x', role: 'member' } as const;
  const user = await identity.createUser({ ...facts, accountId: 'ada' });
  if (user === 'email_taken') throw new Error(user);
  const { token } = await identity.createSession(user.id, { address: '', userAgent: '' });
  await cliTokens.create({ userId: user.id, name: 'laptop', token: 'aura_cli_laptop' });
  const access = createAccess({ identity, cliTokens, registry }, { appUrl: APP });
  const check = (headers: Readonly<Record<string, string>>, name = 'mine', method = 'GET') =>
    access.check({ method, headers: new Headers(headers) }, name);
  return { check, cookie: { cookie: `aura_session=${token}` }, lookedUp };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refused = (refusal: string) => ({ granted: false, refusal });

describe('access to a project', () => {
  it('is for its secret keys', async () => {
    const { check } = await start();
    for (const name of ['mine', 'all']) {
      expect(await check(bearer(`sk_live_${name}`))).toEqual({
        granted: true,
        actor: { kind: 'secret_key', name },
        secretKeyId: `id of ${name}`,
      });
    }
    expect((await check(bearer('sk_live_all'), 'second')).granted).toBe(true);
  });

  it('is for no other key', async () => {
    const { check } = await start();
    expect(await check(bearer('sk_live_mine'), 'second')).toEqual(refused('other'));
    expect(await check(bearer('sk_live_all'), 'hers')).toEqual(refused('other'));
    expect(await check(bearer('sk_live_lost'))).toEqual(refused('other'));
    for (const token of ['sk_live_unknown', 'psk_live_mine', 'aura_cli_unknown', '']) {
      expect(await check(bearer(token)), token).toEqual(refused('unknown'));
    }
  });

  it('is for people and command lines of its account', async () => {
    const { check, cookie } = await start();
    const name = 'ada@example.com';
    const session = { granted: true, actor: { kind: 'session', name } };
    expect(await check(cookie)).toEqual(session);
    expect(await check({ ...cookie, origin: APP }, 'mine', 'PATCH')).toEqual(session);
    const cli = { granted: true, actor: { kind: 'cli_token', name } };
    expect(await check(bearer('aura_cli_laptop'), 'second', 'DELETE')).toEqual(cli);
  });

  it.each(['hers', 'unknown', '', "' OR 1=1 --"])(
    'refuses them the project %j alike',
    async (name) => {
      const { check, cookie, lookedUp } = await start();
      expect(await check(cookie, name)).toEqual(refused('other'));
      expect(await check(bearer('aura_cli_laptop'), name)).toEqual(refused('other'));
      expect(await check(bearer('sk_live_mine'), name)).toEqual(refused('other'));
      expect(lookedUp).toEqual([name, name, name]);
    },
  );

  it('is for nobody without a credential', async () => {
    const { check, lookedUp } = await start();
    expect(await check({})).toEqual(refused('missing'));
    expect(await check({ cookie: 'other=1' })).toEqual(refused('missing'));
    expect(await check({ cookie: 'aura_session=unknown' })).toEqual(refused('unknown'));
    expect(lookedUp).toEqual([]);
  });

  it('is not for pages of other sites', async () => {
    const { check, cookie } = await start();
    const foreign = { ...cookie, origin: 'https://evil.example' };
    for (const method of ['PATCH', 'DELETE', 'POST', 'PUT']) {
      expect(await check(foreign, 'mine', method), method).toEqual(refused('cross_site'));
      expect(await check(cookie, 'mine', method), method).toEqual(refused('cross_site'));
    }
    const site = { ...cookie, 'sec-fetch-site': 'cross-site' };
    expect(await check(site)).toEqual(refused('cross_site'));
  });
});
