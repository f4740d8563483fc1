import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPorts, createControl } from '@auraimage/control';
import { createRouter, type Route } from '@auraimage/http';
import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import type { AuditAction, NewAuditEntry, ProjectRole, User } from '@auraimage/ports';
import { newImage } from '@auraimage/ports/contracts';
import { openSqliteRecords } from '@auraimage/records-sql';
import { expect } from 'vitest';
import { removeFolder } from '../harness/remove.js';

const APP = 'https://app.example';
export const PROJECT = 'my-app';

/** People, by what they are in the project; `null`: nothing. The owner's account is that of the project. */
export const PEOPLE = {
  owner: 'owner',
  editor: 'editor',
  viewer: 'viewer',
  'former member': null,
  stranger: null,
  'owner of another project': null,
  administrator: null,
} as const satisfies Record<string, ProjectRole | null>;
export type Person = keyof typeof PEOPLE;

/** Secret keys, by whether they reach the project. */
export const KEYS = {
  'key of the project': true,
  'key of the account': true,
  'key of another project': false,
  'key of another account': false,
} as const;

/**
 * The control plane in this process, on real records in SQLite, with a project and everybody who may want something of
 * it: the people of {@link PEOPLE}, the same with a CLI token (`CLI of owner`), the keys of {@link KEYS}, and `nobody`.
 */
export async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-permissions-'));
  const records = await openSqliteRecords({
    file: join(folder, 'aura.db'),
    masterKey: randomBytes(32),
  });
  const identity = createBetterAuthIdentity({
    kysely: records.kysely,
    secondFactors: records.secondFactors,
    secret: 'x'.repeat(32),
    hashing: { hash: async (text) => text, verify: async () => false },
  });
  const ports: ControlPorts = {
    ...records,
    identity,
    objects: { read: async () => null, remove: async () => {} },
    derived: { drop: async () => {} },
    attempts: { consume: async () => 0, refund: async () => {}, reset: async () => {} },
    sender: {
      problemOf: async () => null,
      send: async () => ({ ok: false, problem: 'connection_failed', milliseconds: 1 }),
    },
    provider: {
      name: 'accounts.example',
      issuer: 'https://accounts.example/',
      admits: () => true,
      begin: async () => ({ url: 'https://accounts.example/authorize', flow: 'x' }),
      finish: async () => ({ status: 'expired' }),
    },
    clock: { now: Date.now },
  };
  const control = createControl(ports, {
    publicUrl: APP,
    appUrl: APP,
    projectQuotaBytes: null,
    auditDays: 30,
    onDelivery: () => {},
    version: '1.2.3',
    legacyVisibilityTokens: false,
    onFailure: (failure) => {
      throw failure;
    },
    routes: () => control.routes,
  });
  const router = createRouter(control.routes);
  const { registry, members } = records;

  const users = new Map<string, User>();
  for (const [at, name] of Object.keys(PEOPLE).entries()) {
    const accountId = await registry.createAccount();
    const role = name === 'administrator' ? 'admin' : 'member';
    const facts = { email: `p${at}@example.com`, name, password: 'x'.repeat(12), role } as const;
    const user = await identity.createUser({ ...facts, accountId });
    if (user !== 'email_taken') users.set(name, user);
  }
  const userOf = (person: string) => users.get(person) as User;
  const entry = (action: AuditAction, project: string | null = PROJECT): NewAuditEntry => ({
    accountId: userOf(project === PROJECT ? 'owner' : 'owner of another project').accountId,
    actor: { kind: 'system', name: '' },
    ...{ action, project, target: null, details: {}, address: '' },
  });

  const keys = new Map<string, string>();
  const makeProject = async (name: string, owner: Person, ofProject: string, wide: string) => {
    const { accountId } = userOf(owner);
    const made = await registry.createProject(
      { accountId, name, serveSecret: `psk_live_${name}`, allowedOrigins: [], quotaBytes: null },
      100,
      entry('project.created', name),
    );
    if (typeof made === 'string') throw new Error(made);
    for (const [label, projectId] of [
      [ofProject, made.id],
      [wide, null],
    ] as const) {
      const secret = `sk_live_${randomBytes(16).toString('hex')}`;
      keys.set(label, secret);
      const facts = { accountId, projectId, name: label, secret };
      await registry.createSecretKey(facts, 10, entry('secret_key.created', name));
    }
    return made;
  };
  const project = await makeProject(PROJECT, 'owner', 'key of the project', 'key of the account');
  const another = 'owner of another project';
  await makeProject('other-app', another, 'key of another project', 'key of another account');
  const add = (person: Person, role: ProjectRole) =>
    members.add(project.id, { accountId: userOf(person).accountId, role }, entry('member.added'));
  await add('former member', 'owner');
  await members.remove(project.id, userOf('former member').accountId, entry('member.removed'));
  const key = 'abc123xyz0-private.jpg';
  const image = newImage(PROJECT, 1, { key, visibility: 'private' });
  await records.images.insert({ ...image, projectId: project.id });

  const credentials = new Map<string, Record<string, string>>();

  async function newCredentials(who: string): Promise<Record<string, string>> {
    if (who === 'nobody') return {};
    const secret = keys.get(who);
    if (secret !== undefined) return { authorization: `Bearer ${secret}` };
    const { id: userId } = userOf(who.replace('CLI of ', ''));
    if (who.startsWith('CLI of ')) {
      const token = `aura_cli_${randomBytes(16).toString('hex')}`;
      await records.cliTokens.create(
        { userId, name: 'x', token, expiresAt: null, credentialResets: 0 },
        entry('cli_token.created', null),
      );
      return { authorization: `Bearer ${token}` };
    }
    const began = await identity.createSession(userId, { address: '', userAgent: '' });
    if ('pendingToken' in began) throw new Error('nobody has a second factor');
    return { cookie: `__Secure-aura_session=${began.token}`, origin: APP };
  }

  async function credentialsOf(who: string): Promise<Record<string, string>> {
    const found = credentials.get(who) ?? (await newCredentials(who));
    credentials.set(who, found);
    return found;
  }

  async function call(
    who: string,
    { method, path }: Pick<Route, 'method' | 'path'>,
    body?: unknown,
  ) {
    const address = path.replace('{project}', PROJECT).replace(/\{\w+\+?\}/g, 'none');
    const headers = { ...(await credentialsOf(who)), 'content-type': 'application/json' };
    const text = body === 'nonsense' ? body : JSON.stringify(body);
    const response = await router.fetch(
      new Request(`${APP}${address}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: text ?? '' }),
      }),
      {
        requestId: 'request',
        client: '192.0.2.7',
        host: 'app',
        isOperator: () => false,
        isDisconnected: async () => false,
        facts: {},
      },
    );
    const { status } = response;
    const code = response.headers.get('x-aura-error');
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const json: unknown = isJson ? await response.json() : null;
    expect(status, `${who}: ${method} ${path}`).toBeLessThan(500);
    const message = (json as { message?: string } | null)?.message ?? '';
    return { status, code, message, json };
  }

  return {
    routes: control.routes,
    call,
    /** Number of audit entries of the project. */
    entries: async () =>
      (await records.audit.list({ project: PROJECT, limit: 200 })).entries.length,
    /** Gives those who left their roles again, and everybody new sessions and CLI tokens. */
    async restore() {
      credentials.clear();
      const roles = await members.list(project.id);
      for (const [person, role] of Object.entries(PEOPLE) as [Person, ProjectRole | null][]) {
        const { accountId } = userOf(person);
        if (role === null || roles.some((each) => each.accountId === accountId)) continue;
        await add(person, role);
      }
    },
    async close() {
      await control.close();
      await records.close();
      await removeFolder(folder);
    },
  };
}
