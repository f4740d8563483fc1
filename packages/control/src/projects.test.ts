import { describe, expect, it } from 'vitest';
import type { NewSecretKey, Project, ProjectRegistry, ServeSecrets } from './ports.js';
import { createProject, createSecretKey, rotateServeSecret } from './projects.js';

const NOW = 1_900_000_000_000;

/** A registry that remembers: what the rules make of it is what these tests look at. */
function createRegistry(names: readonly string[] = []) {
  const projects = new Map<string, Project>();
  const secrets = new Map<string, ServeSecrets>();
  const keys: NewSecretKey[] = [];
  const registry: Pick<
    ProjectRegistry,
    'createProject' | 'createSecretKey' | 'replaceServeSecret'
  > = {
    async createProject({ serveSecret, ...facts }) {
      if (names.includes(facts.name)) return 'name_taken';
      const project = { ...facts, id: `id of ${facts.name}`, usedBytes: 0, createdAt: NOW };
      projects.set(project.id, project);
      secrets.set(project.id, { current: serveSecret, previous: null });
      return project;
    },
    async createSecretKey(key, limit) {
      if (keys.length >= limit) return 'limit_reached';
      keys.push(key);
      const { secret, ...facts } = key;
      return { ...facts, id: `key ${keys.length}`, lastFour: secret.slice(-4), createdAt: NOW };
    },
    async replaceServeSecret(id, current, previousUntil) {
      const before = secrets.get(id);
      if (before === undefined) return false;
      const previous =
        previousUntil === null ? null : { secret: before.current, until: previousUntil };
      secrets.set(id, { current, previous });
      return true;
    },
  };
  return { registry, secrets, keys };
}

const make = async () => {
  const { registry, secrets, keys } = createRegistry();
  const project = await createProject(registry, { accountId: 'account', name: 'my-app' });
  return { registry, secrets, keys, project };
};

describe('createProject', () => {
  it('gives a project a serve secret, any origin and no quota', async () => {
    const { project, secrets } = await make();
    expect(project).toMatchObject({ name: 'my-app', allowedOrigins: [], quotaBytes: null });
    expect(secrets.get(project.id)?.current).toMatch(/^psk_live_[\w-]{43}$/);
  });

  it.each(['ab', 'a'.repeat(40), '0-9', '--'])('takes the name %s', async (name) => {
    const { registry } = createRegistry();
    expect(await createProject(registry, { accountId: 'account', name })).toMatchObject({ name });
  });

  it.each(['', 'a', 'a'.repeat(41), 'My-app', 'my_app', 'my app', 'my-app\n', 'mу-app', '..'])(
    'refuses the name %j',
    async (name) => {
      const { registry, secrets } = createRegistry();
      await expect(createProject(registry, { accountId: 'account', name })).rejects.toMatchObject({
        name: 'ProjectError',
        code: 'project_name_invalid',
      });
      expect(secrets.size).toBe(0);
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
  ])('keeps the name %s for the service', async (name) => {
    const { registry } = createRegistry();
    await expect(createProject(registry, { accountId: 'account', name })).rejects.toMatchObject({
      code: 'project_name_invalid',
    });
  });

  it('refuses a name that is taken', async () => {
    const { registry } = createRegistry(['my-app']);
    const options = { accountId: 'account', name: 'my-app' };
    await expect(createProject(registry, options)).rejects.toMatchObject({
      code: 'project_name_taken',
    });
  });
});

describe('createSecretKey', () => {
  it('makes a key for the one project and shows its secret', async () => {
    const { registry, project, keys } = await make();
    const key = await createSecretKey(registry, project, 'laptop');
    expect(key.secret).toMatch(/^sk_live_[\w-]{43}$/);
    expect(key).toMatchObject({ name: 'laptop', lastFour: key.secret.slice(-4) });
    expect(keys).toMatchObject([{ accountId: 'account', projectId: project.id }]);
  });

  it('makes ten and refuses the eleventh', async () => {
    const { registry, project } = await make();
    const secrets = new Set<string>();
    for (let n = 0; n < 10; n++) {
      secrets.add((await createSecretKey(registry, project, `key ${n}`)).secret);
    }
    expect(secrets.size).toBe(10);
    await expect(createSecretKey(registry, project, 'one more')).rejects.toMatchObject({
      code: 'secret_key_limit',
    });
  });
});

describe('rotateServeSecret', () => {
  it('gives a new secret and lets the old one go on for the grace', async () => {
    const { registry, project, secrets } = await make();
    const old = secrets.get(project.id)?.current;
    const current = await rotateServeSecret(registry, project.id, 3600, NOW);
    expect(current).toMatch(/^psk_live_[\w-]{43}$/);
    expect(current).not.toBe(old);
    const previous = { secret: old, until: NOW + 3_600_000 };
    expect(secrets.get(project.id)).toEqual({ current, previous });
  });

  it('ends the old secret at once with a grace of 0', async () => {
    const { registry, project, secrets } = await make();
    await rotateServeSecret(registry, project.id, 604_800, NOW);
    const current = await rotateServeSecret(registry, project.id, 0, NOW);
    expect(secrets.get(project.id)).toEqual({ current, previous: null });
  });

  it.each([-1, 604_801, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a grace of %d seconds',
    async (grace) => {
      const { registry, project, secrets } = await make();
      const before = secrets.get(project.id);
      await expect(rotateServeSecret(registry, project.id, grace, NOW)).rejects.toMatchObject({
        code: 'grace_invalid',
      });
      expect(secrets.get(project.id)).toEqual(before);
    },
  );

  it('refuses a project that does not exist', async () => {
    const { registry } = createRegistry();
    await expect(rotateServeSecret(registry, 'gone', 0, NOW)).rejects.toMatchObject({
      code: 'project_missing',
    });
  });

  it('loses no secret that it gave when two rotate at once', async () => {
    const { registry, project, secrets } = await make();
    const given = await Promise.all([
      rotateServeSecret(registry, project.id, 3600, NOW),
      rotateServeSecret(registry, project.id, 3600, NOW),
    ]);
    const { current, previous } = secrets.get(project.id) ?? {};
    expect([current, previous?.secret].sort()).toEqual(given.sort());
  });
});
