import { ApiError } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type { Project, ProjectRole, SecretKey } from '@auraimage/ports';
import { newAuditEntry } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createMemoryCliTokens } from '../testing/memory-accounts.js';
import { createMemoryIdentity } from '../testing/memory-identity.js';
import { actorOf, createAccessChecks } from './access.js';
import type { PermissionName } from './permissions.js';

const APP = 'http://localhost:8787';

const project = (name: string, accountId: string): Project => ({
  id: `id of ${name}`,
  accountId,
  name,
  allowedOrigins: [],
  quotaBytes: null,
  unsignedTransforms: 'any',
  masterMetadata: 'keep',
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
  /** The roles of ada. */
  const roles: Partial<Record<string, ProjectRole>> = { mine: 'owner', second: 'owner' };
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
  const members = {
    async find(name: string, accountId: string) {
      const project = await registry.findProject(name);
      const role = roles[name];
      return project && role && accountId === 'ada' ? { project, role } : null;
    },
  };
  const facts = { email: 'ada@example.com', name: 'Ada', password: 'x', role: 'member' } as const;
  const user = await identity.createUser({ ...facts, accountId: 'ada' });
  if (user === 'email_taken') throw new Error(user);
  const began = await identity.createSession(user.id, { address: '', userAgent: '' });
  if (!('token' in began)) throw new Error('no session');
  const { token } = began;
  const entry = newAuditEntry('ada', 'cli_token.created');
  const laptop = { userId: user.id, name: 'laptop', expiresAt: null, credentialResets: 0 };
  await cliTokens.create({ ...laptop, token: 'aura_cli_laptop' }, entry);
  await cliTokens.create({ ...laptop, token: 'aura_cli_old', expiresAt: 1 }, entry);
  const { can } = createAccessChecks({ identity, cliTokens, registry, members }, { appUrl: APP });

  /** The principal that passed the check, with the request's facts, or the error code. */
  async function check(
    headers: Readonly<Record<string, string>>,
    name = 'mine',
    method = 'GET',
    permission: PermissionName = 'images.view',
  ) {
    const request = new Request(`${APP}/`, { method, headers });
    const context = testContext({ client: '203.0.113.7', host: 'app' });
    try {
      const granted = await can(permission).check({ request, params: { project: name }, context });
      expect(granted.project.name).toBe(name);
      return { actor: actorOf(granted.principal), facts: context.facts };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(context.facts).toEqual({});
      return error.code;
    }
  }

  return { check, cookie: { cookie: `aura_session=${token}` }, lookedUp, roles };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('access to a project', () => {
  it('is for its secret keys', async () => {
    const { check } = await start();
    for (const name of ['mine', 'all']) {
      expect(await check(bearer(`sk_live_${name}`))).toEqual({
        actor: { kind: 'secret_key', name },
        facts: { project: 'mine', secretKeyId: `id of ${name}` },
      });
    }
    expect(await check(bearer('sk_live_all'), 'second')).toHaveProperty('actor.name', 'all');
  });

  it('is for no other key', async () => {
    const { check } = await start();
    expect(await check(bearer('sk_live_mine'), 'second')).toBe('project_forbidden');
    expect(await check(bearer('sk_live_all'), 'hers')).toBe('project_forbidden');
    expect(await check(bearer('sk_live_lost'))).toBe('project_forbidden');
    for (const token of ['sk_live_unknown', 'psk_live_mine', 'aura_cli_unknown', '']) {
      expect(await check(bearer(token)), token).toBe('secret_key_invalid');
    }
  });

  it('is for people and command lines of its members', async () => {
    const { check, cookie } = await start();
    const name = 'ada@example.com';
    const session = { actor: { kind: 'session', name }, facts: { project: 'mine' } };
    expect(await check(cookie)).toEqual(session);
    expect(await check({ ...cookie, origin: APP }, 'mine', 'PATCH')).toEqual(session);
    const cli = { actor: { kind: 'cli_token', name }, facts: { project: 'second' } };
    expect(await check(bearer('aura_cli_laptop'), 'second', 'DELETE')).toEqual(cli);
  });

  it('is by role, and is asked again at every request', async () => {
    const { check, cookie, roles } = await start();
    roles['mine'] = 'viewer';
    expect(await check(cookie)).toHaveProperty('actor');
    expect(await check(cookie, 'mine', 'GET', 'images.delete')).toBe('role_forbidden');
    expect(await check(cookie, 'mine', 'GET', 'secrets.manage')).toBe('role_forbidden');
    roles['mine'] = 'editor';
    expect(await check(cookie, 'mine', 'GET', 'images.delete')).toHaveProperty('actor');
    expect(await check(cookie, 'mine', 'GET', 'secrets.manage')).toBe('role_forbidden');
    roles['mine'] = undefined;
    expect(await check(cookie)).toBe('project_forbidden');
    expect(await check(cookie, 'mine', 'GET', 'secrets.manage')).toBe('project_not_found');
  });

  it('is for secret keys where the table of permissions says so', async () => {
    const { check } = await start();
    const key = bearer('sk_live_mine');
    expect(await check(key, 'mine', 'GET', 'images.delete')).toHaveProperty('actor');
    expect(await check(key, 'mine', 'GET', 'secrets.manage')).toBe('credential_invalid');
  });

  it.each(['hers', 'unknown', '', "' OR 1=1 --"])(
    'is refused with the same look-ups for the project %j',
    async (name) => {
      const { check, cookie, lookedUp } = await start();
      expect(await check(cookie, name)).toBe('project_forbidden');
      expect(await check(bearer('aura_cli_laptop'), name)).toBe('project_forbidden');
      expect(await check(bearer('sk_live_mine'), name)).toBe('project_forbidden');
      expect(lookedUp).toEqual([name, name, name]);
    },
  );

  it('needs a credential', async () => {
    const { check, lookedUp } = await start();
    expect(await check({})).toBe('secret_key_required');
    expect(await check({ cookie: 'other=1' })).toBe('secret_key_required');
    expect(await check({ cookie: 'aura_session=unknown' })).toBe('secret_key_invalid');
    expect(lookedUp).toEqual([]);
  });

  it('ends when a CLI token expires, with a response of its own', async () => {
    const { check } = await start();
    expect(await check(bearer('aura_cli_old'))).toBe('cli_token_expired');
  });

  it('is not for pages of other sites', async () => {
    const { check, cookie } = await start();
    const foreign = { ...cookie, origin: 'https://evil.example' };
    for (const method of ['PATCH', 'DELETE', 'POST', 'PUT']) {
      expect(await check(foreign, 'mine', method), method).toBe('cross_site_request');
      expect(await check(cookie, 'mine', method), method).toBe('cross_site_request');
    }
    const site = { ...cookie, 'sec-fetch-site': 'cross-site' };
    expect(await check(site)).toBe('cross_site_request');
  });
});
