import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp } from '../testing/control-app.js';

describe('what a project did', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.ask('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  it('is told by day, thirty where nothing is said', async () => {
    const { status, json } = await app.ask('ann', 'GET', '/v1/projects/my-app/usage');
    expect([status, app.state.days]).toEqual([200, 30]);
    expect(json).toMatchObject({ quotaBytes: null, usedBytes: 0, images: 0 });
    await app.ask('ann', 'GET', '/v1/projects/my-app/usage?days=90');
    expect(app.state.days).toBe(90);
  });

  it('has every count in its place', async () => {
    const { json } = await app.ask('ann', 'GET', '/v1/projects/my-app/usage?days=1');
    expect(json.days).toEqual([
      {
        date: '2030-03-17',
        uploads: 1,
        uploadedBytes: 2,
        deletes: 3,
        reads: { ok: 4, notModified: 5, refused: { missing: 6, expired: 7, other: 8 } },
        sentBytes: 9,
        encodeSeconds: 1.5,
        cache: { hit: 10, miss: 11, bypass: 12 },
        storedBytes: 13,
        storedImages: 14,
      },
    ]);
  });

  it.each(['0', '91', '-1', '1.5', '1e1', '0x10', '', ' 5', 'x', '5&days=6'])(
    'is not told for days=%s',
    async (days) => {
      const { code, json } = await app.ask('ann', 'GET', `/v1/projects/my-app/usage?days=${days}`);
      expect(code).toBe('field_invalid');
      expect(json.message).toContain('"days"');
    },
  );
});

describe('the audit log', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.ask('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  it('is read by page, of a project or of the account', async () => {
    const page = await app.ask('ann', 'GET', '/v1/projects/my-app/audit?limit=200&cursor=abc');
    expect([page.status, page.json.cursor]).toEqual([200, 'next']);
    await app.ask('ann', 'GET', '/v1/audit?limit=1');
    const accountId = 'account of ann';
    expect(app.audited).toEqual([
      { accountId, project: 'my-app', limit: 200, cursor: 'abc' },
      { accountId, limit: 1 },
    ]);
  });

  it('tells who, what, when and from where', async () => {
    const { json } = await app.ask('ann', 'GET', '/v1/audit');
    expect(json.entries).toEqual([
      {
        id: 'entry',
        at: '2030-03-17T17:46:40.000Z',
        actor: { kind: 'secret_key', name: 'server' },
        action: 'image.visibility_changed',
        project: 'my-app',
        target: 'abc123xyz0-photo.jpg',
        details: { from: 'private', to: 'public' },
        address: '192.0.2.1',
      },
    ]);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=', 'cursor=bad', `cursor=${'x'.repeat(501)}`])(
    'has no page for %s',
    async (query) => {
      for (const path of ['/v1/audit', '/v1/projects/my-app/audit']) {
        const { status, code } = await app.ask('ann', 'GET', `${path}?${query}`);
        expect([status, code]).toEqual([400, 'page_malformed']);
      }
    },
  );
});
