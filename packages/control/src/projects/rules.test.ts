import type { NewAuditEntry } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { createMemoryRegistry } from '../testing/memory-registry.js';
import { createProject, createSecretKey, rotateServeSecret } from './rules.js';

const NOW = 1_900_000_000_000;

const ENTRY: NewAuditEntry = {
  accountId: 'account',
  actor: { kind: 'system', name: 'test' },
  action: 'project.created',
  project: null,
  target: null,
  details: {},
  address: '',
};

async function make() {
  const registry = createMemoryRegistry(() => NOW);
  const project = await createProject(
    registry,
    { accountId: 'account', name: 'my-app', quotaBytes: null },
    ENTRY,
  );
  return { registry, project };
}

describe('createProject', () => {
  it('creates a project with a serve secret, any origin and no quota', async () => {
    const { registry, project } = await make();
    expect(project).toMatchObject({ name: 'my-app', allowedOrigins: [], quotaBytes: null });
    expect((await registry.serveSecrets(project.id))?.current).toMatch(/^psk_live_[\w-]{43}$/);
  });

  it.each(['ab', 'a'.repeat(40), '0-9', '--'])('accepts the name %s', async (name) => {
    const registry = createMemoryRegistry(() => NOW);
    expect(
      await createProject(registry, { accountId: 'account', name, quotaBytes: null }, ENTRY),
    ).toMatchObject({
      name,
    });
  });

  it.each(['', 'a', 'a'.repeat(41), 'My-app', 'my_app', 'my app', 'my-app\n', 'mу-app', '..'])(
    'refuses the name %j',
    async (name) => {
      const registry = createMemoryRegistry(() => NOW);
      await expect(
        createProject(registry, { accountId: 'account', name, quotaBytes: null }, ENTRY),
      ).rejects.toMatchObject({
        name: 'ApiError',
        code: 'project_name_invalid',
      });
      expect(await registry.listProjects()).toEqual([]);
    },
  );

  it.each([
    'api',
    'admin',
    'cdn',
    'health',
    'registry',
    'static',
    'test',
    'v1',
    'ready',
    'metrics',
  ])('refuses the reserved name %s', async (name) => {
    const registry = createMemoryRegistry(() => NOW);
    await expect(
      createProject(registry, { accountId: 'account', name, quotaBytes: null }, ENTRY),
    ).rejects.toMatchObject({
      code: 'project_name_invalid',
    });
  });

  it('refuses a name that is taken', async () => {
    const { registry } = await make();
    const options = { accountId: 'account', name: 'my-app', quotaBytes: null };
    await expect(createProject(registry, options, ENTRY)).rejects.toMatchObject({
      code: 'project_name_taken',
    });
  });
});

describe('an account', () => {
  it('can have a hundred projects', async () => {
    const registry = createMemoryRegistry(() => NOW);
    for (let n = 100; n < 200; n++) {
      await createProject(
        registry,
        { accountId: 'account', name: `app-${n}`, quotaBytes: null },
        ENTRY,
      );
    }
    const one = { accountId: 'account', name: 'one-more', quotaBytes: null };
    await expect(createProject(registry, one, ENTRY)).rejects.toMatchObject({
      code: 'project_limit',
    });
    expect(await registry.listProjects()).toHaveLength(100);
  });
});

describe('createSecretKey', () => {
  it('creates a key for one project and returns its secret', async () => {
    const { registry, project } = await make();
    const key = await createSecretKey(registry, project, 'laptop', ENTRY);
    expect(key.secret).toMatch(/^sk_live_[\w-]{43}$/);
    expect(key).toMatchObject({ name: 'laptop', lastFour: key.secret.slice(-4) });
    expect(key).toMatchObject({ accountId: 'account', projectId: project.id });
    expect(JSON.stringify(await registry.listSecretKeys(project.id))).not.toContain(key.secret);
  });

  it('creates ten keys and refuses the eleventh', async () => {
    const { registry, project } = await make();
    const secrets = new Set<string>();
    for (let n = 0; n < 10; n++) {
      secrets.add((await createSecretKey(registry, project, `key ${n}`, ENTRY)).secret);
    }
    expect(secrets.size).toBe(10);
    await expect(createSecretKey(registry, project, 'one more', ENTRY)).rejects.toMatchObject({
      code: 'secret_key_limit',
    });
  });
});

describe('rotateServeSecret', () => {
  it('returns a new secret and keeps the old one for the grace period', async () => {
    const { registry, project } = await make();
    const old = (await registry.serveSecrets(project.id))?.current;
    const current = await rotateServeSecret(registry, project.id, 3600, NOW, ENTRY);
    expect(current).toMatch(/^psk_live_[\w-]{43}$/);
    expect(current).not.toBe(old);
    const previous = { secret: old, until: NOW + 3_600_000 };
    expect(await registry.serveSecrets(project.id)).toEqual({ current, previous });
  });

  it('ends the old secret immediately with a grace period of 0', async () => {
    const { registry, project } = await make();
    await rotateServeSecret(registry, project.id, 604_800, NOW, ENTRY);
    const secret = (await registry.serveSecrets(project.id))?.current;
    const current = await rotateServeSecret(registry, project.id, 0, NOW, ENTRY);
    const previous = { secret, until: 0 };
    expect(await registry.serveSecrets(project.id)).toEqual({ current, previous });
  });

  it.each([-1, 604_801, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a grace of %d seconds',
    async (grace) => {
      const { registry, project } = await make();
      const before = await registry.serveSecrets(project.id);
      await expect(
        rotateServeSecret(registry, project.id, grace, NOW, ENTRY),
      ).rejects.toMatchObject({
        code: 'grace_invalid',
      });
      expect(await registry.serveSecrets(project.id)).toEqual(before);
    },
  );

  it('refuses a project that does not exist', async () => {
    const registry = createMemoryRegistry(() => NOW);
    await expect(rotateServeSecret(registry, 'gone', 0, NOW, ENTRY)).rejects.toMatchObject({
      code: 'project_not_found',
    });
  });

  it('loses neither new secret when two rotations are concurrent', async () => {
    const { registry, project } = await make();
    const given = await Promise.all([
      rotateServeSecret(registry, project.id, 3600, NOW, ENTRY),
      rotateServeSecret(registry, project.id, 3600, NOW, ENTRY),
    ]);
    const { current, previous } = (await registry.serveSecrets(project.id)) ?? {};
    expect([current, previous?.secret].sort()).toEqual(given.sort());
  });
});
