import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from './testing/control-app.js';

const LIST = '/v1/projects/my-app/recipients';
const REVOKE = `${LIST}/revoke`;

let app: ReturnType<typeof createTestApp>;
let secret: string;
beforeEach(async () => {
  app = createTestApp();
  await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  await app.call('ann', 'POST', '/v1/projects', { projectName: 'other-app' });
  const key = await app.call('ann', 'POST', '/v1/projects/my-app/secret-keys', { name: 'server' });
  secret = key.json.secret;
});

describe('recipients', () => {
  it('are listed with times, for the owner and the secret keys of the project', async () => {
    for (const who of ['ann', secret]) {
      const { status, json } = await app.call(who, 'GET', `${LIST}?limit=2&q=a&cursor=c`);
      expect(status).toBe(200);
      expect(json).toEqual({
        recipients: [
          {
            ...{ sub: 'ada', reads: 3, sentBytes: 9, lastReadOn: '2030-03-17' },
            revokedAt: '2030-03-17T17:46:40.000Z',
          },
          { sub: 'bob', reads: 0, sentBytes: 0, lastReadOn: null, revokedAt: null },
        ],
        others: { reads: 7, sentBytes: 70 },
        cursor: 'next',
      });
      expect(app.state.recipients).toEqual(['my-app', { limit: 2, cursor: 'c', search: 'a' }, NOW]);
    }
    await app.call('ann', 'GET', LIST);
    expect(app.state.recipients).toEqual(['my-app', { limit: 100 }, NOW]);
  });

  it.each([
    ['limit=0', 'page_malformed'],
    ['limit=1001', 'page_malformed'],
    ['q=', 'field_invalid'],
    [`q=${'a'.repeat(65)}`, 'field_invalid'],
  ])('are not listed for %s', async (query, code) => {
    expect((await app.call('ann', 'GET', `${LIST}?${query}`)).code).toBe(code);
  });
});

describe('a revocation', () => {
  const revoke = (who: string, body: unknown) => app.call(who, 'POST', REVOKE, body);

  it('ends everything that was issued until the end of its second', async () => {
    app.state.revoked = NOW / 1000 + 1;
    const { status, json } = await revoke(secret, { sub: 'customer:42' });
    expect([status, json]).toEqual([
      200,
      { sub: 'customer:42', revokedAt: '2030-03-17T17:46:41.000Z' },
    ]);
    const actor = { kind: 'secret_key', name: 'server' };
    const origin = { actor, address: '192.0.2.7' };
    expect(app.state.recipients).toEqual(['my-app', 'customer:42', NOW / 1000 + 1, origin]);
  });

  it.each([
    ['limit_reached', 'recipient_limit'],
    [null, 'project_forbidden'],
  ] as const)('that finds %s is refused with %s', async (revoked, code) => {
    app.state.revoked = revoked;
    expect((await revoke('ann', { sub: 'a' })).code).toBe(code);
  });

  it.each([
    {},
    { sub: '' },
    { sub: 'a b' },
    { sub: 'a\n' },
    { sub: 'é' },
    { sub: 'a'.repeat(65) },
    { sub: 7 },
    { sub: 'a', all: true },
  ])('of %j is refused', async (body) => {
    expect((await revoke('ann', body)).code).toBe('field_invalid');
    expect(app.state.recipients).toEqual([]);
  });
});

it.each([
  ['GET', LIST],
  ['POST', REVOKE],
])('%s %s is refused to others, before the body is read', async (method, path) => {
  const call = async (who: string, address = path) => {
    const { status, code } = await app.call(who, method, address, method === 'GET' ? undefined : 7);
    return [status, code];
  };
  expect(await call('nobody')).toEqual([401, 'secret_key_required']);
  expect(await call('sk_live_unknown')).toEqual([401, 'secret_key_invalid']);
  for (const who of ['bob', secret]) {
    expect(await call(who, path.replace('my-app', 'other-app'))).toEqual([
      403,
      'project_forbidden',
    ]);
  }
  expect(await call('bob')).toEqual([403, 'project_forbidden']);
  expect(await call(secret, path.replace('my-app', 'none'))).toEqual([403, 'project_forbidden']);
  expect(app.state.recipients).toEqual([]);
});
