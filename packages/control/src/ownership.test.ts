import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp } from './testing/control-app.js';

/** Routes with credentials of their own: elsewhere. */
const OWN_CREDENTIALS = ['/v1/auth/', '/v1/sign'];

/** Bodies that a route's schema takes, where it has one. */
const BODIES: Record<string, unknown> = {
  'PATCH /v1/projects/{project}': { allowedOrigins: ['https://evil.example'] },
  'DELETE /v1/projects/{project}': { confirm: 'anns-app' },
  'POST /v1/projects/{project}/secret-keys': { name: 'mine' },
  'POST /v1/projects/{project}/serve-secret/rotate': { graceSeconds: 0 },
  'POST /v1/projects/{project}/signed-urls': { keys: ['abc123xyz0-photo.jpg'] },
};

interface Operation {
  readonly method: string;
  readonly path: string;
}

const documented = async (): Promise<readonly Operation[]> => {
  const { json } = await createTestApp().ask('nobody', 'GET', '/openapi.json');
  return Object.entries<Record<string, unknown>>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
};

const isOurs = ({ path }: Operation) =>
  /^\/v1\/(?:projects(?!\/\{project\}\/images)|project-names|deletions|audit|auth|sign$)/.test(
    path,
  );

const operations = (await documented()).filter(isOurs);
const signedIn = operations.filter(
  ({ path }) => !OWN_CREDENTIALS.some((prefix) => path.startsWith(prefix)),
);
const inProject = operations.filter(({ path }) => path.includes('{project}'));

describe('who is let in', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.ask('ann', 'POST', '/v1/projects', { projectName: 'anns-app' });
  });
  const ask = (who: string, { method, path }: Operation, project = 'anns-app') => {
    const address = path.replace('{project}', project).replace(/\{\w+\}/g, 'x');
    return app.ask(who, method, address, BODIES[`${method} ${path}`]);
  };

  it('is asked of every route that the description has', () => {
    expect(inProject.length).toBeGreaterThan(10);
    expect(signedIn.length).toBeGreaterThan(inProject.length);
  });

  it.each(signedIn)('$method $path: nobody without a credential', async (operation) => {
    const { status, code, headers } = await ask('nobody', operation);
    expect([status, code]).toEqual([401, 'sign_in_required']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="auraimage"');
  });

  it.each(inProject)('$method $path: nobody of another account', async (operation) => {
    const before = [await app.registry.listProjects(), app.registry.entries.length];
    const other = await ask('bob', operation);
    expect([other.status, other.code]).toEqual([404, 'project_not_found']);
    const none = await ask('bob', operation, 'no-such-app');
    expect([none.status, none.json]).toEqual([other.status, other.json]);
    expect(other.facts.project).toBeUndefined();
    expect([await app.registry.listProjects(), app.registry.entries.length]).toEqual(before);
  });

  it.each(inProject)('$method $path: the owner', async (operation) => {
    const { code } = await ask('ann', operation);
    expect([null, 'secret_key_not_found']).toContain(code);
  });

  it.each(inProject)(
    '$method $path: nobody before the body is looked at',
    async ({ method, path }) => {
      const address = path.replace('{project}', 'anns-app').replace(/\{\w+\}/g, 'x');
      const { code } = await app.ask(
        'bob',
        method,
        address,
        method === 'GET' ? undefined : 'nonsense',
      );
      expect(code).toBe('project_not_found');
    },
  );

  it('shows an account its own projects, deletions and entries', async () => {
    await app.ask('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
    const { json } = await app.ask('bob', 'GET', '/v1/projects');
    expect(json.projects.map((project: { projectName: string }) => project.projectName)).toEqual([
      'bobs-app',
    ]);
    const deleted = await app.ask('ann', 'DELETE', '/v1/projects/anns-app', {
      confirm: 'anns-app',
    });
    expect((await app.ask('bob', 'GET', '/v1/deletions')).json).toEqual({ deletions: [] });
    const one = await app.ask('bob', 'GET', `/v1/deletions/${deleted.json.id}`);
    expect([one.status, one.code]).toEqual([404, 'deletion_not_found']);
    await app.ask('bob', 'GET', '/v1/audit');
    expect(app.audited).toEqual([{ accountId: 'account of bob', limit: 50 }]);
  });
});
