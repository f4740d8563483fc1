import { beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from '../harness/shared-server.js';
import { postUpload } from '../harness/upload.js';
import { expectRefused, type Gallery, sharedGallery, withToken } from './support/serve-gallery.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';

const DAY = 86_400;

let gallery: Gallery;
let path: string;
let bearer: string;
/** A private image in a folder. */
let named: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  const { server, project, file } = gallery;
  path = `${server.url}/v1/projects/${project}/recipients`;
  bearer = `Bearer ${server.credentials.secretKey}`;
  const token = await server.aura.signUpload({ visibility: 'private', name: 'users/42/photo' });
  expect((await postUpload(server.url, token, file)).status).toBe(201);
  named = `${server.url}/${project}/users/42/photo`;
});

const revoke = (body: unknown, authorization = bearer): Promise<Reply> =>
  ask(`${path}/revoke`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(authorization !== '' && { Authorization: authorization }),
    },
    body: JSON.stringify(body),
  });

/** A link for a recipient, which is issued now. */
const given = (sub: string, claims: object = {}) => {
  const { project, closed, server } = gallery;
  const token = { p: project, f: closed.key, sub, iat: now(), exp: now() + 600, ...claims };
  return withToken(closed.url, handToken(token, server.credentials.serveSecret));
};
const status = async (link: string) => (await ask(link)).status;

describe('a revoked recipient', () => {
  it('reads nothing that was given to it before, in no way, and all that is given to it later', async () => {
    const { project, server } = gallery;
    const folder = { p: project, d: 'users/42/', sub: 'ada', iat: now(), exp: now() + 600 };
    const before = given('ada');
    const inFolder = withToken(named, handToken(folder, server.credentials.serveSecret));
    for (const link of [before, inFolder]) expect(await status(link)).toBe(200);
    const { headers } = await ask(before);

    const reply = await revoke({ sub: 'ada' });
    expect(reply.status).toBe(200);
    const { sub, revokedAt } = json(reply) as { sub: string; revokedAt: string };
    expect([sub, Date.parse(revokedAt) / 1000]).toEqual(['ada', expect.any(Number)]);
    expect(Date.parse(revokedAt) / 1000).toBeLessThanOrEqual(now());

    await expectRefused(before, 'from before');
    await expectRefused(inFolder, 'a folder');
    for (const query of ['&w=10', '&blur=true', '&fmt=nonsense']) {
      await expectRefused(before + query, query);
    }
    expect((await ask(before, { method: 'HEAD' })).status).toBe(403);
    const known = { 'If-None-Match': String(headers.etag), Range: 'bytes=0-1' };
    expect((await ask(before, { headers: known })).status).toBe(403);
    const blurhash = `${server.url}/v1/blurhash/${project}/${gallery.closed.key}`;
    expect(await status(blurhash + new URL(before).search)).toBe(403);

    expect(await status(given('ada'))).toBe(200);
    for (const other of ['ada2', 'Ada', 'ad']) {
      expect(await status(given(other, { iat: now() - 60 })), other).toBe(200);
    }
    await expectRefused(given('ada', { iat: now() + 100 }), 'a clock that is ahead');
  });

  it('is listed', async () => {
    await revoke({ sub: 'eve@example.com' });
    const listed = await ask(`${path}?q=EVE`, { headers: { Authorization: bearer } });
    expect(json(listed)).toMatchObject({
      recipients: [{ sub: 'eve@example.com', reads: 0, lastReadOn: null }],
      cursor: null,
    });
  });
});

describe('the token of a recipient', () => {
  it.each([
    ['no iat', { iat: undefined }],
    ['an iat that is older than a token can be', { iat: now() - 8 * DAY }],
    ['an iat in the future', { iat: now() + 4000 }],
    ['a space in the recipient', { sub: 'a b' }],
    ['no text as recipient', { sub: '' }],
    ['a long recipient', { sub: 'a'.repeat(65) }],
  ])('is refused with %s', async (why, claims) => {
    await expectRefused(given('kim', claims), why);
  });
});

it.each([{}, { sub: 'a b' }, { sub: 'a'.repeat(65) }, { sub: ['a'] }])(
  'a revocation of %j is refused',
  async (body) => {
    expectError(await revoke(body), 400, 'field_invalid');
  },
);

it('a revocation without access is refused', async () => {
  const { credentials: other } = await sharedServer();
  const link = given('zoe', { iat: now() - 5 });
  expectError(await revoke({ sub: 'zoe' }, ''), 401, 'secret_key_required');
  expectError(await revoke({ sub: 'zoe' }, `Bearer ${other.secretKey}`), 403, 'project_forbidden');
  expect(await status(link)).toBe(200);
});
