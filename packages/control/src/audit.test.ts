import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp } from './testing/control-app.js';

describe('the audit log', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  it('is read in pages, of a project or of the account', async () => {
    const page = await app.call('ann', 'GET', '/v1/projects/my-app/audit?limit=200&cursor=abc');
    expect([page.status, page.json.cursor]).toEqual([200, 'next']);
    await app.call('ann', 'GET', '/v1/audit?limit=1');
    const accountId = 'account of ann';
    expect(app.audited).toEqual([
      { project: 'my-app', limit: 200, cursor: 'abc' },
      { accountId, limit: 1 },
    ]);
  });

  it('shows actor, action, target, time and address', async () => {
    const { json } = await app.call('ann', 'GET', '/v1/audit');
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
    'refuses the query %s',
    async (query) => {
      for (const path of ['/v1/audit', '/v1/projects/my-app/audit']) {
        const { status, code } = await app.call('ann', 'GET', `${path}?${query}`);
        expect([status, code]).toEqual([400, 'page_malformed']);
      }
    },
  );
});
