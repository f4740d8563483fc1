import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp } from './testing/control-app.js';

/** Routes with other credentials, which other tests cover. */
const OWN_CREDENTIALS = ['/v1/auth/', '/v1/sign'];

/** Valid bodies of routes that need one. */
const BODIES: Record<string, unknown> = {
  'PATCH /v1/projects/{project}': { allowedOrigins: ['https://evil.example'] },
  'DELETE /v1/projects/{project}': { confirm: 'anns-app' },
  'POST /v1/projects/{project}/secret-keys': { name: 'mine' },
  'POST /v1/projects/{project}/serve-secret/rotate': { graceSeconds: 0 },
  'PUT /v1/projects/{project}/presets/{name}': { transform: 'fmt=auto', open: true },
  'POST /v1/projects/{project}/signed-urls': { keys: ['abc123xyz0-photo.jpg'] },
};

interface Operation {
  readonly method: string;
  readonly path: string;
}

const documented = async (): Promise<readonly Operation[]> => {
  const { json } = await createTestApp().call('nobody', 'GET', '/openapi.json');
  return Object.entries<Record<string, unknown>>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
};

const isOurs = ({ path }: Operation) =>
  /^\/v1\/(?:projects(?!\/\{project\}\/(?:images|recipients))|project-names|overview|deletions|audit|auth|sign$)/.test(
    path,
  );

const operations = (await documented()).filter(isOurs);
const signedIn = operations.filter(
  ({ path }) => !OWN_CREDENTIALS.some((prefix) => path.startsWith(prefix)),
);
const inProject = operations.filter(({ path }) => path.includes('{project}'));

describe('access', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'anns-app' });
  });
  const call = (who: string, { method, path }: Operation, project = 'anns-app') => {
    const address = path.replace('{project}', project).replace(/\{\w+\}/g, 'none');
    return app.call(who, method, address, BODIES[`${method} ${path}`]);
  };

  it('is tested for the documented routes', () => {
    expect(inProject.length).toBeGreaterThan(10);
    expect(signedIn.length).toBeGreaterThan(inProject.length);
  });

  it.each(signedIn)('$method $path: refused without a credential', async (operation) => {
    const { status, code, headers } = await call('nobody', operation);
    expect([status, code]).toEqual([401, 'sign_in_required']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="auraimage"');
  });

  it.each(inProject)('$method $path: refused to another account', async (operation) => {
    const before = [await app.registry.listProjects(), app.registry.entries.length];
    const other = await call('bob', operation);
    expect([other.status, other.code]).toEqual([404, 'project_not_found']);
    const none = await call('bob', operation, 'no-such-app');
    expect([none.status, none.json]).toEqual([other.status, other.json]);
    expect(other.facts.project).toBeUndefined();
    expect([await app.registry.listProjects(), app.registry.entries.length]).toEqual(before);
  });

  it.each(inProject)('$method $path: granted to the owner', async (operation) => {
    const { code } = await call('ann', operation);
    expect([null, 'secret_key_not_found', 'preset_not_found']).toContain(code);
  });

  it.each(inProject)('$method $path: checked before the body', async ({ method, path }) => {
    const address = path.replace('{project}', 'anns-app').replace(/\{\w+\}/g, 'x');
    const { code } = await app.call(
      'bob',
      method,
      address,
      method === 'GET' ? undefined : 'nonsense',
    );
    expect(code).toBe('project_not_found');
  });

  it('is limited to the projects, deletions and audit entries of the account', async () => {
    await app.call('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
    const { json } = await app.call('bob', 'GET', '/v1/projects');
    expect(json.projects.map((project: { projectName: string }) => project.projectName)).toEqual([
      'bobs-app',
    ]);
    const deleted = await app.call('ann', 'DELETE', '/v1/projects/anns-app', {
      confirm: 'anns-app',
    });
    expect((await app.call('bob', 'GET', '/v1/deletions')).json).toEqual({ deletions: [] });
    const one = await app.call('bob', 'GET', `/v1/deletions/${deleted.json.id}`);
    expect([one.status, one.code]).toEqual([404, 'deletion_not_found']);
    await app.call('bob', 'GET', '/v1/overview');
    expect(app.state.newest.projects).toEqual(['bobs-app']);
    await app.call('bob', 'GET', '/v1/audit');
    expect(app.audited).toEqual([{ accountId: 'account of bob', limit: 50 }]);
  });
});
