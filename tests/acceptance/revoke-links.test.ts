import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { expectRefused, type Gallery, sharedGallery, withToken } from './support/serve-gallery.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';

const WEEK = 604_800;

let gallery: Gallery;
let url: string;
let bearer: string;
let key: string;
let address: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  ({ url } = gallery.server);
  bearer = `Bearer ${gallery.server.credentials.secretKey}`;
});
beforeEach(async () => {
  ({ key } = await upload(gallery.server, gallery.file, 'private'));
  address = `${url}/${gallery.project}/${key}`;
});
function revoke(authorization = bearer, image = `${gallery.project}/${key}`): Promise<Reply> {
  const headers = authorization === '' ? {} : { Authorization: authorization };
  return ask(`${url}/v1/images/${image}/revoke-links`, { method: 'POST', headers });
}

async function revokedAt(): Promise<number> {
  const reply = await revoke();
  expect(reply.status).toBe(200);
  expect(json(reply)).toMatchObject({ requiresIat: true });
  return Date.parse((json(reply) as { linksRevokedAt: string }).linksRevokedAt) / 1000;
}

const signed = (claims: object) =>
  withToken(
    address,
    handToken(
      { p: gallery.project, f: key, exp: now() + 600, ...claims },
      gallery.server.credentials.serveSecret,
    ),
  );
const status = async (link: string) => (await ask(link)).status;

describe('revoked links', () => {
  it('are refused, and links signed after the response work', async () => {
    const before = await gallery.server.aura.getSignedUrl(key, { expiresIn: WEEK });
    expect(await status(before)).toBe(200);
    const since = await revokedAt();
    expect(since).toBeLessThanOrEqual(now());
    await expectRefused(before, 'a link from before');
    for (const size of ['&w=10', '&blur=true']) await expectRefused(before + size, size);
    expect(await status(await gallery.server.aura.getSignedUrl(key))).toBe(200);
  });

  it('are refused for every kind of request', async () => {
    const before = await gallery.server.aura.getSignedUrl(key);
    const { headers } = await ask(before);
    await revokedAt();
    expect((await ask(before, { method: 'HEAD' })).status).toBe(403);
    const known = { 'If-None-Match': String(headers.etag), Range: 'bytes=0-1' };
    expect((await ask(before, { headers: known })).status).toBe(403);
    const token = new URL(before).search;
    expect(await status(`${url}/v1/blurhash/${gallery.project}/${key}${token}`)).toBe(403);
  });

  it('are determined by the second of their iat', async () => {
    const since = await revokedAt();
    expect(await status(signed({ iat: since }))).toBe(200);
    await expectRefused(signed({ iat: since - 1 }), 'a second before');
    await expectRefused(signed({ iat: now() + 3600 }), 'from the future');
  });

  it('without iat are refused, however long they are valid, also new ones', async () => {
    const late = now() + WEEK + 300;
    const before = [signed({}), signed({ exp: late })];
    const since = await revokedAt();
    for (const link of before) await expectRefused(link, 'without iat, from before');
    await expectRefused(signed({}), 'without iat');
    await expectRefused(signed({ exp: since + WEEK + 1 }), 'longer than one from before');
    await expectRefused(signed({ exp: now() + WEEK + 300 }), 'as long as any');
  });

  it('dated for later are refused', async () => {
    const later = signed({ iat: now() + 200, exp: now() + 600 });
    await revokedAt();
    await expectRefused(later, 'a clock that is ahead');
  });

  it('are those of one image only', async () => {
    await revokedAt();
    expect(await status(gallery.signedUrl)).toBe(200);
  });

  it('stay revoked when the image becomes public and private again', async () => {
    const before = await gallery.server.aura.getSignedUrl(key);
    const since = await revokedAt();
    await gallery.server.aura.setVisibility(key, 'public');
    expect(await status(address)).toBe(200);
    await gallery.server.aura.setVisibility(key, 'private');
    await expectRefused(before, 'after the flips');
    const facts = json(
      await ask(`${url}/v1/images/${gallery.project}/${key}`, {
        headers: { Authorization: bearer },
      }),
    );
    expect(facts).toMatchObject({ linksRevokedAt: new Date(since * 1000).toISOString() });
  });

  it('can be revoked again, also concurrently', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => revoke()));
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(200));
    const between = await gallery.server.aura.getSignedUrl(key);
    expect(await status(between)).toBe(200);
    await revokedAt();
    await expectRefused(between, 'a link from between');
  });
});

describe('revoking without access', () => {
  it('is refused without credentials and with those of others', async () => {
    const { credentials: other } = await sharedServer();
    expectError(await revoke(''), 401, 'secret_key_required');
    expectError(await revoke(`Bearer sk_live_${'A'.repeat(43)}`), 401, 'secret_key_invalid');
    expectError(await revoke(`Bearer ${other.secretKey}`), 403, 'project_forbidden');
    expect(await status(await gallery.server.aura.getSignedUrl(key))).toBe(200);
  });

  it('of a missing image is a 404', async () => {
    const none = `${gallery.project}/zzzzzzzzzz-none.jpg`;
    expectError(await revoke(bearer, none), 404, 'image_not_found');
    expectError(await revoke(bearer, `${gallery.project}/${key}%00`), 404, 'image_not_found');
  });

  it('gets no preflight approval for another origin', async () => {
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' };
    const target = `${url}/v1/images/${gallery.project}/${key}/revoke-links`;
    expectError(await ask(target, { method: 'OPTIONS', headers }), 405, 'method_not_allowed');
  });
});
