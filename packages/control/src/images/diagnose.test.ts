import { signServeToken } from '@auraimage/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from '../testing/control-app.js';

const SECOND = NOW / 1000;
const DAY = 86_400;
const KEY = 'abc123xyz0-photo.jpg';
const ADDRESS = `https://cdn.example/my-app/${KEY}`;

describe('the diagnosis', () => {
  let app: ReturnType<typeof createTestApp>;
  let secret: string;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
    await app.call('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
    secret = (await app.call('ann', 'GET', '/v1/projects/my-app/serve-secret')).json.secret;
    app.links.set(KEY, { visibility: 'private', linksRevokedAt: null });
  });

  const diagnose = async (url: string, who = 'ann') => {
    const { status, json } = await app.call(who, 'POST', '/v1/auth/diagnose-link', { url });
    expect(status).toBe(200);
    return json;
  };
  const sign = (claims: object, key = secret) =>
    signServeToken({ p: 'my-app', f: KEY, exp: SECOND + 3600, ...claims }, key);
  const link = async (claims: object = {}, key = secret) =>
    `${ADDRESS}?token=${await sign(claims, key)}`;
  const rotate = (graceSeconds: number) =>
    app.call('ann', 'POST', '/v1/projects/my-app/serve-secret/rotate', { graceSeconds });

  it('is ok for a link that works', async () => {
    expect(await diagnose(await link({ iat: SECOND }))).toEqual({
      project: 'my-app',
      key: KEY,
      verdict: 'ok',
      explanation: 'The link works for another 1 hour',
      claims: {
        p: 'my-app',
        f: KEY,
        d: null,
        exp: SECOND + 3600,
        iat: SECOND,
        max: null,
        sub: null,
      },
      serverTime: '2030-03-17T17:46:40.000Z',
    });
    expect((await diagnose(`${await link()}&w=400`)).verdict).toBe('ok');
  });

  it('knows what a folder covers, and what a ceiling leaves', async () => {
    app.links.set('users/42/a', { visibility: 'private', linksRevokedAt: null });
    const token = await sign({ f: undefined, d: 'users/42/', max: 800 });
    const of = (path: string) => diagnose(`https://cdn.example/my-app/${path}token=${token}`);
    for (const path of ['users/42/a?', 'w=4000/users/42/a?', 'users/42/a.jpg?metadata=none&']) {
      expect(await of(path), path).toMatchObject({
        verdict: 'ok',
        explanation: 'The link works for another 1 hour, for pictures of up to 800 pixels',
        claims: { f: null, d: 'users/42/', max: 800 },
      });
    }
    for (const path of ['users/42/a?fmt=original&', 'fmt=original,metadata=none/users/42/a?']) {
      expect((await of(path)).verdict, path).toBe('above_ceiling');
    }
    expect((await of('metadata=none/users/42/a?')).verdict).toBe('above_ceiling');
    expect(await of(`${KEY}?`)).toMatchObject({
      verdict: 'other_image',
      explanation: 'The token is for "users/42/"',
    });
  });

  it('knows presets, in the query and in the path', async () => {
    const put = (name: string, body: object) =>
      app.call('ann', 'PUT', `/v1/projects/my-app/presets/${name}`, { transform: 'w=4', ...body });
    await put('card', {});
    await put('preview', { open: true });
    const token = await sign({});
    const of = async (path: string) => {
      const { verdict, key } = await diagnose(`https://cdn.example/my-app/${path}`);
      return [verdict, key];
    };
    for (const path of [`preview/${KEY}`, `${KEY}?preset=preview`, `preview/${KEY}?v=2`]) {
      expect(await of(path), path).toEqual(['preset_open', KEY]);
    }
    for (const path of [`card/${KEY}`, `preview/${KEY}?w=4`, `${KEY}?preset=none`]) {
      expect(await of(path), path).toEqual(['missing', KEY]);
    }
    for (const path of [`card/${KEY}`, `preview/${KEY}`]) {
      expect(await of(`${path}?token=${token}`), path).toEqual(['ok', KEY]);
      expect(await of(`${path}?token=x.y`), path).toEqual(['malformed', KEY]);
    }
    expect(await of(`${KEY}?preset=none&token=${token}`)).toEqual(['preset_not_found', KEY]);
    expect((await of('card/none'))[0]).toBe('image_not_found');
    expect((await of(`other/${KEY}`))[0]).toBe('image_not_found');
  });

  it('knows the recipients that are revoked', async () => {
    const ada = { sub: 'ada', iat: SECOND - 5 };
    expect((await diagnose(await link(ada))).verdict).toBe('ok');
    app.state.revoked = SECOND;
    expect(await diagnose(await link(ada))).toMatchObject({
      verdict: 'recipient_revoked',
      claims: { sub: 'ada' },
    });
    expect(app.state.recipients).toEqual(['my-app', 'ada']);
    expect((await diagnose(await link({ ...ada, iat: SECOND }))).verdict).toBe('ok');
    const { verdict } = await diagnose(await link({ ...ada, iat: SECOND + 301 }));
    expect(verdict).toBe('recipient_revoked');
    app.state.revoked = null;
    for (const iat of [SECOND + 301, SECOND - 8 * DAY]) {
      expect((await diagnose(await link({ ...ada, iat }))).verdict).toBe('iat_out_of_range');
    }
  });

  it.each(['users/42/a.webp', 'w=400/users/42/a', 'w=400,h=300/users/42/a.jpg', 'users/42/a'])(
    'finds the image of a name: %s',
    async (path) => {
      app.links.set('users/42/a', { visibility: 'private', linksRevokedAt: null });
      const token = await sign({ f: 'users/42/a' });
      const found = await diagnose(`https://cdn.example/my-app/${path}?token=${token}`);
      expect(found).toMatchObject({ key: 'users/42/a', verdict: 'ok' });
    },
  );

  it.each([`w=400/${KEY}`, `${KEY}.webp`])(
    'finds the image of a generated key: %s',
    async (path) => {
      const found = await diagnose(`https://cdn.example/my-app/${path}?token=${await sign({})}`);
      expect(found).toMatchObject({ key: KEY, verdict: 'ok' });
    },
  );

  it.each([
    'nonsense',
    '/my-app/abc123xyz0-photo.jpg',
    'ftp://cdn.example/my-app/abc123xyz0-photo.jpg',
    'https://cdn.example/my-app',
    'https://cdn.example/my-app/photo.gif',
    'https://cdn.example/my-app/abc123xyz0-photo%2Ejpg',
    '',
  ])('rejects %j, which is not an image URL', async (url) => {
    expect(await diagnose(url)).toMatchObject({ verdict: 'not_a_link', project: null, key: null });
  });

  it('is the same for a project of another account and an unknown one', async () => {
    const foreign = await diagnose(`https://cdn.example/bobs-app/${KEY}`);
    const none = await diagnose(`https://cdn.example/no-such-app/${KEY}`);
    expect(foreign.verdict).toBe('project_not_found');
    expect(foreign.explanation.replace('bobs-app', '')).toBe(
      none.explanation.replace('no-such-app', ''),
    );
    const own = await diagnose(await link(), 'bob');
    expect(own.verdict).toBe('project_not_found');
  });

  it('recognizes an image that does not exist, and a public one', async () => {
    app.links.delete(KEY);
    expect((await diagnose(await link())).verdict).toBe('image_not_found');
    app.links.set(KEY, { visibility: 'public', linksRevokedAt: SECOND });
    expect((await diagnose(ADDRESS)).verdict).toBe('image_public');
  });

  it('recognizes a token that is missing, repeated, incomplete or of another kind', async () => {
    expect(await diagnose(ADDRESS)).toMatchObject({ verdict: 'missing', claims: null });
    const url = await link();
    expect((await diagnose(`${url}&token=x`)).verdict).toBe('repeated');
    expect((await diagnose(url.slice(0, -1))).verdict).toBe('malformed');
    expect((await diagnose(`${ADDRESS}?token=`)).verdict).toBe('malformed');
    expect((await diagnose(await link({ exp: 'soon' }))).verdict).toBe('malformed');
  });

  it('recognizes a token of another secret, another project or another image', async () => {
    expect((await diagnose(await link({}, 'psk_live_other'))).verdict).toBe('wrong_signature');
    const other = await diagnose(await link({ p: 'bobs-app' }, 'psk_live_of-bob'));
    expect(other).toMatchObject({
      verdict: 'other_project',
      explanation: 'The token names the project "bobs-app"',
    });
    const image = await diagnose(await link({ f: 'abc123xyz1-other.jpg' }));
    expect(image).toMatchObject({ verdict: 'other_image' });
    expect(image.explanation).toContain('abc123xyz1-other.jpg');
  });

  it.each([
    [1, '1 second'],
    [59, '59 seconds'],
    [180, '3 minutes'],
    [7200, '2 hours'],
    [90_000, '1 day'],
  ])('recognizes a link that expired %d seconds ago', async (seconds, text) => {
    expect(await diagnose(await link({ exp: SECOND - seconds }))).toMatchObject({
      verdict: 'expired',
      explanation: `Expired ${text} ago`,
    });
  });

  it('recognizes a link that expires too late', async () => {
    const url = await link({ exp: SECOND + 7 * DAY + 301 });
    expect(await diagnose(url)).toMatchObject({ verdict: 'expires_too_late' });
    expect((await diagnose(await link({ exp: SECOND + 7 * DAY + 300 }))).verdict).toBe('ok');
  });

  it('recognizes the previous secret, during its grace period and after', async () => {
    const url = await link();
    await rotate(60);
    expect((await diagnose(url)).verdict).toBe('ok');
    app.clock.time = NOW + 60_000;
    expect((await diagnose(url)).verdict).toBe('old_secret');
  });

  it('recognizes the previous secret after a rotation without a grace period', async () => {
    const url = await link();
    await rotate(0);
    expect((await diagnose(url)).verdict).toBe('old_secret');
    await rotate(0);
    expect((await diagnose(url)).verdict).toBe('wrong_signature');
  });

  it('recognizes the previous secret after its grace period was ended', async () => {
    const url = await link();
    await rotate(3600);
    await app.call('ann', 'POST', '/v1/projects/my-app/serve-secret/end-grace');
    expect((await diagnose(url)).verdict).toBe('old_secret');
  });

  it.each([
    ['before', { iat: SECOND - 1 }, 'revoked'],
    ['since', { iat: SECOND }, 'ok'],
    ['in the future', { iat: SECOND + 6 }, 'revoked'],
    ['at an unknown time', {}, 'revoked'],
    ['at an unknown time, to expire last', { exp: SECOND + 7 * DAY + 300 }, 'revoked'],
  ])('recognizes revoked links: signed %s', async (_when, claims, verdict) => {
    app.links.set(KEY, { visibility: 'private', linksRevokedAt: SECOND });
    expect((await diagnose(await link(claims))).verdict).toBe(verdict);
  });

  it('accepts a link without iat if its secret is newer than the revocation', async () => {
    app.links.set(KEY, { visibility: 'private', linksRevokedAt: SECOND });
    expect((await diagnose(await link())).explanation).toContain('has no iat');
    app.state.rotations = 1;
    expect((await diagnose(await link())).verdict).toBe('ok');
  });

  it('contains no secret', async () => {
    await rotate(0);
    for (const url of [ADDRESS, await link()]) {
      expect(JSON.stringify(await diagnose(url))).not.toContain('psk_live_');
    }
  });
});
