import type { FoundImage, ImageRecord } from '@auraimage/ports';
import { verifyServeToken } from '@auraimage/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from '../testing/control-app.js';

const PROJECT = '/v1/projects/my-app';
/** What the server gives to new projects. */
const QUOTA = 1000;
const project = {
  projectName: 'my-app',
  cdnUrl: 'https://cdn.example',
  allowedOrigins: [],
  quotaBytes: QUOTA,
  unsignedTransforms: 'any',
  masterMetadata: 'keep',
  usedBytes: 0,
  images: 0,
  createdAt: '2030-03-17T17:46:40.000Z',
  role: 'owner',
};

const IMAGE: ImageRecord = {
  project: 'my-app',
  key: 'abc123xyz0-photo.jpg',
  visibility: 'private',
  type: 'image/jpeg',
  size: 1,
  width: 1,
  height: 1,
  frames: 1,
  hasAlpha: false,
  blurhash: '',
  focus: {},
  focalPoint: null,
  focalPointChanges: 0,
  sha256: '',
  objectId: 'o',
  linksRevokedAt: null,
  version: 1,
  fileName: null,
  metadata: {},
  createdAt: NOW,
};
const found = (image: ImageRecord): FoundImage => ({
  image,
  serveSecrets: () => ['psk_live_1'],
  rotationsSinceRevoked: 0,
  unsignedTransforms: 'any',
  masterMetadata: 'keep',
});

describe('projects', () => {
  let app: ReturnType<typeof createTestApp>;
  const actions = () => app.registry.entries.map(({ action }) => action);
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  it('are created with an audit entry', async () => {
    const { status, json, facts } = await app.call('ann', 'POST', '/v1/projects', {
      projectName: 'second-app',
    });
    expect([status, json]).toEqual([
      201,
      { ...project, projectName: 'second-app', id: expect.any(String) },
    ]);
    expect(facts).toMatchObject({ route: '/v1/projects', project: 'second-app' });
    expect(app.registry.entries.at(-1)).toEqual({
      accountId: 'account of ann',
      actor: { kind: 'session', name: 'ann@example.com' },
      action: 'project.created',
      project: 'second-app',
      target: null,
      details: {},
      address: '192.0.2.7',
    });
  });

  it.each([
    ['taken by another account', 'bob', 'my-app', 409, 'project_name_taken'],
    ['reserved', 'ann', 'dashboard', 400, 'project_name_invalid'],
    ['no name', 'ann', 'My App', 400, 'project_name_invalid'],
  ])('are not created with a name that is %s', async (_, who, projectName, status, code) => {
    const response = await app.call(who, 'POST', '/v1/projects', { projectName });
    expect([response.status, response.code]).toEqual([status, code]);
    expect(actions()).toEqual(['project.created']);
  });

  it('are read', async () => {
    const { status, json, facts } = await app.call('ann', 'GET', PROJECT);
    expect([status, json]).toEqual([200, { ...project, id: expect.any(String) }]);
    expect(facts).toEqual({ route: '/v1/projects/{project}', project: 'my-app' });
  });

  it('are seen at a glance: newest images, with addresses that open them, and reads by day', async () => {
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'second-app' });
    const image = { ...IMAGE, visibility: 'private' as const };
    app.state.found = [
      found(image),
      found({ ...image, project: 'second-app', visibility: 'public' }),
    ];
    const { status, json } = await app.call('ann', 'GET', '/v1/overview');
    expect(status).toBe(200);
    expect(app.state.newest).toEqual({ projects: ['my-app', 'second-app'], count: 3 });
    const [first, second] = json.projects;
    expect(first).toMatchObject({
      projectName: 'my-app',
      newest: [{ key: image.key, visibility: 'private' }],
      reads: Array.from({ length: 14 }, (_, day) => day),
    });
    const token = new URL(first.newest[0].signedUrl).searchParams.get('token') ?? '';
    const named = { p: 'my-app', f: image.key };
    const verdict = await verifyServeToken(token, named, ['psk_live_1'], NOW / 1000);
    expect(verdict.ok).toBe(true);
    expect(second).toMatchObject({ newest: [{ signedUrl: null }], reads: Array(14).fill(0) });
  });

  it('are not read under another spelling', async () => {
    for (const name of ['MY-APP', 'my%2Dapp', 'm%79-app', 'my-app%00', 'my-app%20', 'my-app%']) {
      expect((await app.call('ann', 'GET', `/v1/projects/${name}`)).code).toBe('project_not_found');
    }
  });

  describe('changes', () => {
    it('are made together, each with its audit entry', async () => {
      const { status, json } = await app.call('ann', 'PATCH', PROJECT, {
        quotaBytes: 5,
        unsignedTransforms: 'listed',
        masterMetadata: 'remove',
        allowedOrigins: ['https://App.example/'],
        projectName: 'new-app',
      });
      expect(status).toBe(200);
      expect(json).toMatchObject({
        projectName: 'new-app',
        allowedOrigins: ['https://app.example'],
        quotaBytes: 5,
        unsignedTransforms: 'listed',
        masterMetadata: 'remove',
      });
      const [, ...made] = app.registry.entries;
      expect(made.map(({ action, details }) => [action, details])).toEqual([
        ['project.renamed', { from: 'my-app', to: 'new-app' }],
        ['project.origins_changed', { from: '', to: 'https://app.example' }],
        ['project.quota_changed', { from: QUOTA, to: 5 }],
        ['project.transforms_changed', { from: 'any', to: 'listed' }],
        ['project.metadata_changed', { from: 'keep', to: 'remove' }],
      ]);
      expect((await app.call('ann', 'GET', PROJECT)).status).toBe(404);
    });

    it('to the current values have no audit entry', async () => {
      const same = {
        projectName: 'my-app',
        allowedOrigins: [],
        quotaBytes: QUOTA,
        unsignedTransforms: 'any',
        masterMetadata: 'keep',
      };
      expect((await app.call('ann', 'PATCH', PROJECT, same)).status).toBe(200);
      expect((await app.call('ann', 'PATCH', PROJECT, {})).status).toBe(200);
      expect(actions()).toEqual(['project.created']);
    });

    it.each([
      [{ projectName: 'v1' }, 400, 'project_name_invalid'],
      [{ projectName: 'bobs-app' }, 409, 'project_name_taken'],
      [{ allowedOrigins: ['app.example'] }, 400, 'origin_malformed'],
      [{ allowedOrigins: 'https://app.example' }, 400, 'field_invalid'],
      [{ quotaBytes: -1 }, 400, 'field_invalid'],
      [{ quotaBytes: 1.5 }, 400, 'field_invalid'],
      [{ quotaBytes: '5' }, 400, 'field_invalid'],
      [{ unsignedTransforms: 'none' }, 400, 'field_invalid'],
      [{ masterMetadata: 'none' }, 400, 'field_invalid'],
      [{ name: 'new-app' }, 400, 'field_invalid'],
    ])('%j are refused whole', async (bad, status, code) => {
      await app.call('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
      const before = actions().length;
      const response = await app.call('ann', 'PATCH', PROJECT, { quotaBytes: 7, ...bad });
      expect([response.status, response.code]).toEqual([status, code]);
      expect(actions()).toHaveLength(before);
      expect((await app.call('ann', 'GET', PROJECT)).json.quotaBytes).toBe(QUOTA);
    });

    it('of the quota are for administrators', async () => {
      await app.call('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
      const path = '/v1/projects/bobs-app';
      for (const quotaBytes of [null, 5]) {
        const response = await app.call('bob', 'PATCH', path, { quotaBytes, projectName: 'x-app' });
        expect([response.status, response.code]).toEqual([403, 'admin_required']);
      }
      expect((await app.call('bob', 'GET', path)).json.projectName).toBe('bobs-app');
      expect((await app.call('bob', 'PATCH', path, { projectName: 'x-app' })).status).toBe(200);
    });
  });

  describe('names', () => {
    it.each([
      ['free-app', true, null],
      ['my-app', false, 'taken'],
      ['dashboard', false, 'reserved'],
      ['My%20App', false, 'invalid'],
      ['x', false, 'invalid'],
    ])('%s: %s', async (name, available, reason) => {
      const { json } = await app.call('bob', 'GET', `/v1/project-names/${name}`);
      expect(json).toEqual({
        name: decodeURIComponent(name),
        available,
        reason,
        quotaBytes: QUOTA,
      });
    });

    it('cannot be checked too often', async () => {
      app.state.wait = 17;
      const { status, code, headers } = await app.call('ann', 'GET', '/v1/project-names/free-app');
      expect([status, code]).toEqual([429, 'too_many_attempts']);
      expect(headers.get('retry-after')).toBe('17');
    });
  });

  describe('deletion', () => {
    const remove = (confirm: unknown) => app.call('ann', 'DELETE', PROJECT, { confirm });

    it('begins once it is confirmed, and wakes the job', async () => {
      app.registry.addImages('my-app', 3);
      const { status, json } = await remove('my-app');
      const deletion = {
        id: expect.any(String),
        projectName: 'my-app',
        images: 3,
        removed: 0,
        startedAt: '2030-03-17T17:46:40.000Z',
        finishedAt: null,
      };
      expect([status, json]).toEqual([202, deletion]);
      expect(app.state.wakes).toBe(1);
      expect(app.registry.entries.at(-1)).toMatchObject({
        action: 'project.deleted',
        project: 'my-app',
        details: { images: 3 },
      });
      expect((await app.call('ann', 'GET', PROJECT)).status).toBe(404);
      expect((await app.call('ann', 'GET', '/v1/deletions')).json).toEqual({
        deletions: [deletion],
      });
      const one = await app.call('ann', 'GET', `/v1/deletions/${json.id}`);
      expect(one.json).toEqual(deletion);
    });

    it.each(['', 'MY-APP', 'my-app ', 'other'])(
      'does not begin with the confirmation %j',
      async (confirm) => {
        const { status, code } = await remove(confirm);
        expect([status, code]).toEqual([400, 'confirmation_wrong']);
        expect((await app.call('ann', 'GET', PROJECT)).status).toBe(200);
        expect(app.state.wakes).toBe(0);
      },
    );

    it('is listed until 7 days after it has finished', async () => {
      const { id } = (await remove('my-app')).json;
      await app.registry.finishDeletion(id);
      app.clock.time = NOW + 7 * 86_400_000;
      expect((await app.call('ann', 'GET', '/v1/deletions')).json.deletions).toHaveLength(1);
      app.clock.time++;
      expect((await app.call('ann', 'GET', '/v1/deletions')).json.deletions).toHaveLength(0);
      expect((await app.call('ann', 'GET', `/v1/deletions/${id}`)).code).toBe('deletion_not_found');
    });
  });
});
