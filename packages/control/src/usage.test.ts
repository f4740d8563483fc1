import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp } from './testing/control-app.js';

describe('usage', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  it('is listed by day, for 30 days by default', async () => {
    const { status, json } = await app.call('ann', 'GET', '/v1/projects/my-app/usage');
    expect([status, app.state.days]).toEqual([200, 30]);
    expect(json).toMatchObject({ quotaBytes: 1000, usedBytes: 0, images: 0 });
    await app.call('ann', 'GET', '/v1/projects/my-app/usage?days=90');
    expect(app.state.days).toBe(90);
  });

  it('has every count', async () => {
    const { json } = await app.call('ann', 'GET', '/v1/projects/my-app/usage?days=1');
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
    'is refused for days=%s',
    async (days) => {
      const { code, json } = await app.call('ann', 'GET', `/v1/projects/my-app/usage?days=${days}`);
      expect(code).toBe('field_invalid');
      expect(json.message).toContain('"days"');
    },
  );
});
