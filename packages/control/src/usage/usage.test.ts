import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, credentialsOf } from '../testing/control-app.js';

describe('usage', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  /** Asks for a table as the dashboard does, or with the header. */
  const csvOf = (path: string, accept?: string) =>
    app.request(`/v1/projects/my-app/${path}${accept ? '' : '&format=csv'}`, {
      headers: { ...credentialsOf('ann'), ...(accept && { accept }) },
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

  it('is a table, too', async () => {
    const csv = await csvOf('usage?days=1');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="my-app-usage.csv"');
    expect(await csv.text()).toBe(
      'date,reads_ok,reads_not_modified,reads_refused_missing,reads_refused_expired,reads_refused_other,sent_bytes,encode_seconds,cache_hits,cache_misses,cache_bypasses,uploads,uploaded_bytes,deletes,stored_bytes,stored_images\r\n' +
        '2030-03-17,4,5,6,7,8,9,1.5,10,11,12,1,2,3,13,14\r\n',
    );
  });

  it.each(['0', '91', '-1', '1.5', '1e1', '0x10', '', ' 5', 'x', '5&days=6'])(
    'is refused for days=%s',
    async (days) => {
      const { code, json } = await app.call('ann', 'GET', `/v1/projects/my-app/usage?days=${days}`);
      expect(code).toBe('field_invalid');
      expect(json.message).toContain('"days"');
    },
  );

  it('is listed by image, with what is not listed', async () => {
    app.state.named = ['a/gone', 'b'];
    const { json } = await app.call('ann', 'GET', '/v1/projects/my-app/usage/images?days=2');
    const counts = { sentBytes: 90, encodeSeconds: 1.5 };
    expect(json).toEqual({
      images: [
        { key: 'a/gone', image: null, reads: 7, ...counts, readsByDay: [3, 4] },
        { key: 'b', image: null, reads: 1, ...counts, readsByDay: [1, 0] },
      ],
      others: { reads: 5, sentBytes: 50, encodeSeconds: 0 },
      margin: 2,
    });
    expect(app.state.busiest).toEqual([expect.any(String), 'image', 2, 100, app.clock.time]);
    const csv = await csvOf('usage/images?days=2', 'text/csv');
    expect(await csv.text()).toBe(
      'image,exists,reads,sent_bytes,encode_seconds,2030-03-16,2030-03-17\r\n' +
        'a/gone,false,7,90,1.5,3,4\r\nb,false,1,90,1.5,1,0\r\n(others),false,5,50,0,,\r\n',
    );
  });

  it('is listed by preset', async () => {
    app.state.named = ['card'];
    const path = '/v1/projects/my-app/usage/presets?days=2&limit=5';
    const { json } = await app.call('ann', 'GET', path);
    expect(json.presets).toMatchObject([{ preset: 'card', reads: 7, readsByDay: [3, 4] }]);
    expect(app.state.busiest).toEqual([expect.any(String), 'preset', 2, 5, app.clock.time]);
    const lines = (await (await csvOf('usage/presets?days=2')).text()).split('\r\n');
    expect(lines[1]).toBe('card,7,90,1.5,3,4');
  });

  it('is listed by refusal, with what to do about each that this version knows', async () => {
    app.state.named = ['expired', 'from_another_version'];
    const { json } = await app.call('ann', 'GET', '/v1/projects/my-app/usage/refusals');
    expect(json.refusals).toEqual([
      {
        reason: 'expired',
        title: 'Token has expired',
        help: expect.stringContaining('compare the clocks'),
        reads: 7,
        readsByDay: [3, 4],
      },
    ]);
    expect(app.state.busiest.slice(1, 4)).toEqual(['refusal', 30, 100]);
    const lines = (await (await csvOf('usage/refusals?days=2')).text()).split('\r\n');
    expect(lines.slice(0, 2)).toEqual([
      'reason,title,reads,2030-03-16,2030-03-17',
      'expired,Token has expired,7,3,4',
    ]);
  });

  it.each([
    ['images?days=31', 'field_invalid'],
    ['presets?days=0', 'field_invalid'],
    ['refusals?limit=101', 'page_malformed'],
    ['images?format=xml', 'field_invalid'],
  ])('by name is refused for %s', async (query, code) => {
    const response = await app.call('ann', 'GET', `/v1/projects/my-app/usage/${query}`);
    expect(response.code).toBe(code);
  });

  it('of another account is not found, as a table neither', async () => {
    for (const path of ['usage', 'usage/images', 'usage/presets', 'usage/refusals']) {
      const response = await app.call('bob', 'GET', `/v1/projects/my-app/${path}?format=csv`);
      expect(response.code).toBe('project_not_found');
    }
  });
});
