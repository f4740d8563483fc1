import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { postUpload, upload } from '../../harness/upload.js';
import { newProject } from './api-cases-projects.js';
import type { Case, Player } from './api-player.js';
import { asBearer } from './api-world.js';
import { ask, json } from './serve-request.js';

const newImage = ({ world: { server, file } }: Player) => upload(server, file, 'private');

/** Secrets, and signing with them. */
export const SECRET_CASES: Readonly<Record<string, Case>> = {
  async listSecretKeys({ send, world }) {
    const reply = await send('listSecretKeys');
    const { secretKey } = world.server.credentials;
    expect(reply.body.toString()).not.toContain(secretKey);
    expect(json(reply)).toMatchObject({ secretKeys: [{ lastFour: secretKey.slice(-4) }] });
  },

  async createSecretKey(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player) };
    for (let count = 0; count < 10; count++) {
      const body = { name: ` key ${count} ` };
      const key = await ok<Record<string, string>>('createSecretKey', { params, body }, 201);
      expect(key['name']).toBe(`key ${count}`);
      expect(key['secret']).toMatch(/^sk_live_[\w-]{43,}$/);
      expect(key['secret']?.slice(-4)).toBe(key['lastFour']);
    }
    const eleventh = { params, body: { name: 'eleventh' } };
    await refused('createSecretKey', 409, 'secret_key_limit', eleventh);
  },

  async revokeSecretKey(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player) };
    const body = { name: 'to be revoked' };
    const key = await ok<Record<string, string>>('createSecretKey', { params, body }, 201);
    const { id = '', secret = '' } = key;
    const headers = asBearer(secret);
    const request = { headers, body: { projectName: params.project } };
    const { signature } = await ok<Record<string, string>>('signUpload', request);
    await ok('listImages', { params, headers });
    await refused('revokeSecretKey', 404, 'secret_key_not_found', { params: { id } });
    await ok('revokeSecretKey', { params: { ...params, id } }, 204);
    await refused('revokeSecretKey', 404, 'secret_key_not_found', { params: { ...params, id } });
    await refused('signUpload', 401, 'credential_invalid', request);
    await refused('listImages', 401, 'secret_key_invalid', { params, headers });
    expect(signature).toMatch(/./);
  },

  async getServeSecret({ ok, world }) {
    const { serveSecret: secret } = world.server.credentials;
    expect(await ok('getServeSecret')).toEqual({ secret, previous: null });
  },

  async getServeSecretGrace(player) {
    const { ok, world } = player;
    expect(await ok('getServeSecretGrace')).toEqual({ previous: null });
    const params = { project: await newProject(player) };
    const { previous } = await ok('rotateServeSecret', { params });
    expect(previous).toMatchObject({ readsLast24Hours: 0 });
    const grace = await ok('getServeSecretGrace', { params });
    expect(grace).toEqual({ previous });
    expect(JSON.stringify(grace)).not.toContain(world.server.credentials.serveSecret);
  },

  async rotateServeSecret(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player) };
    const before = await ok('getServeSecret', { params });
    const after = await ok('rotateServeSecret', { params, body: { graceSeconds: 604_800 } });
    expect(after['secret']).not.toBe(before['secret']);
    expect(after['previous']).toMatchObject({ readsLast24Hours: 0, lastReadAt: null });
    for (const graceSeconds of [-1, 604_801, 0.5, 1e300]) {
      const wrong = { params, body: { graceSeconds } };
      await refused('rotateServeSecret', 400, 'grace_invalid', wrong);
    }
    const now = await ok('rotateServeSecret', { params, body: { graceSeconds: 0 } });
    expect(now['previous']).toBe(null);
    expect((await ok('rotateServeSecret', { params }))['previous']).toMatchObject({});
  },

  async endServeSecretGrace(player) {
    const params = { project: await newProject(player) };
    const { secret } = await player.ok('rotateServeSecret', { params });
    for (const _ of ['ends it', 'does nothing']) {
      const ended = await player.ok('endServeSecretGrace', { params });
      expect(ended).toEqual({ secret, previous: null });
    }
  },

  async signUrls({ ok, world }) {
    const keys = [world.image.key, 'abc123xyz0-none.jpg'];
    const { urls } = await ok<{ urls: { key: string; url: string }[] }>('signUrls', {
      body: { keys, expiresIn: 60 },
    });
    expect(urls.map(({ key }) => key)).toEqual(keys);
    const statuses = await Promise.all(urls.map(async ({ url }) => (await ask(url)).status));
    expect(statuses).toEqual([200, 404]);
    const preview = await ok<{ urls: [{ url: string }] }>('signUrls', {
      body: { keys, maxEdge: 16 },
    });
    const opened = await Promise.all(
      ['', '&fmt=original'].map((query) => ask(preview.urls[0].url + query)),
    );
    expect(opened.map(({ status }) => status)).toEqual([200, 403]);
  },

  async signUpload(player) {
    const { ok, refused, world } = player;
    const { secretKey } = world.server.credentials;
    const project = await newProject(player);
    const request = { projectName: project, visibility: 'private', maxSize: '1mb', expiresIn: 60 };
    const body = { ...request, allowedTypes: ['image/jpeg'] };
    const { signature = '' } = await ok<Record<string, string>>('signUpload', { body });
    const answer = await postUpload(world.server.url, signature, world.file);
    expect([answer.status, await answer.json()]).toMatchObject([201, { visibility: 'private' }]);
    const foreign = { headers: asBearer(secretKey), body: { projectName: 'none-such' } };
    await refused('signUpload', 403, 'project_forbidden', foreign);
    await refused('signUpload', 404, 'project_not_found', { body: { projectName: 'none-such' } });
    await ok('changeProject', { params: { project }, body: { quotaBytes: 1 } });
    await refused('signUpload', 402, 'quota_exceeded', { body });
  },

  async diagnoseLink({ ok, world }) {
    const { key, url } = world.image;
    const verdictOf = async (text: string) =>
      (await ok('diagnoseLink', { body: { url: text } }))['verdict'];
    expect(await verdictOf(await world.server.aura.getSignedUrl(key))).toBe('ok');
    expect(await verdictOf(url)).toBe('missing');
    for (const text of ['', 'nonsense', 'javascript:alert(1)', 'http://[', `${'a'.repeat(8192)}`]) {
      expect(await verdictOf(text)).toBe('not_a_link');
    }
  },
};

/** The edge's operations. */
export const IMAGE_CASES: Readonly<Record<string, Case>> = {
  async upload({ seen, world, send }) {
    const { server, file } = world;
    const token = await server.aura.signUpload({ visibility: 'private' });
    expect((await postUpload(server.url, token, file)).status).toBe(201);
    // Other tests cover the form; the description documents the refusal without a token.
    expect((await send('upload', { headers: {} })).status).toBe(401);
    expect([...(seen.get('upload') ?? [])]).toEqual(['upload_token_required']);
  },

  async listImages({ ok, world, refused }) {
    const sha256 = createHash('sha256').update(world.file).digest('hex');
    const query = `?limit=1&visibility=private&sha256=${sha256}&q=photo`;
    const { images } = await ok<{ images: unknown[] }>('listImages', { query });
    expect(images).toHaveLength(1);
    await refused('listImages', 400, 'page_malformed', { query: '?limit=1001' });
  },

  async getImage({ ok, refused, world }) {
    const { receipt: _, ...facts } = world.image;
    expect(await ok('getImage')).toMatchObject({ ...facts, linksRevokedAt: null });
    const params = { key: 'abc123xyz0-none.jpg' };
    await refused('getImage', 404, 'image_not_found', { params });
  },

  async getMaster({ send, refused, world }) {
    const { status, headers, body } = await send('getMaster');
    expect([status, headers['content-type']]).toEqual([200, 'image/jpeg']);
    expect(headers['content-disposition']).toBe('attachment');
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(headers['cache-control']).toBe('no-store');
    const digest = createHash('sha256').update(world.file).digest('base64');
    expect(headers['repr-digest']).toBe(`sha-256=:${digest}:`);
    expect(body.equals(world.file)).toBe(true);
    await refused('getMaster', 404, 'image_not_found', { params: { key: 'abc123xyz0-none.jpg' } });
  },

  async changeImage(player) {
    const { key, url } = await newImage(player);
    const body = { visibility: 'public' };
    expect(await player.ok('changeImage', { params: { key }, body })).toEqual(body);
    expect((await ask(url)).status).toBe(200);
    const metadata = { album: 'summer' };
    const described = { params: { key }, body: { metadata } };
    expect(await player.ok('changeImage', described)).toMatchObject({ key, metadata });
    const focus = { x: 0.3, y: 1 };
    expect(await player.ok('changeImage', { params: { key }, body: { focus } })).toMatchObject({
      ...{ key, metadata, focus, version: 3 },
    });
    expect(await player.ok('getImage', { params: { key } })).toMatchObject({ focus, version: 3 });
    const beside = { params: { key }, body: { focus: { x: 0, y: 1.5 } } };
    await player.refused('changeImage', 400, 'field_invalid', beside);
    const taken = { params: { key }, body: { name: 'taken' } };
    await player.ok('changeImage', {
      params: { key: (await newImage(player)).key },
      body: taken.body,
    });
    await player.refused('changeImage', 409, 'name_taken', taken);
    const wrong = { params: { key }, body: { name: '../x' } };
    await player.refused('changeImage', 400, 'field_invalid', wrong);
  },

  async deleteImage(player) {
    const { key } = await newImage(player);
    await player.ok('deleteImage', { params: { key } }, 204);
    await player.refused('deleteImage', 404, 'image_not_found', { params: { key } });
  },

  async revokeLinks(player) {
    const { key } = await newImage(player);
    const link = await player.world.server.aura.getSignedUrl(key);
    expect((await ask(link)).status).toBe(200);
    await player.ok('revokeLinks', { params: { key } });
    expect((await ask(link)).status).toBe(403);
  },

  async listRecipients({ ok, refused }) {
    const empty = { recipients: [], others: { reads: 0, sentBytes: 0 }, cursor: null };
    expect(await ok('listRecipients', { query: '?q=nobody' })).toEqual(empty);
    await refused('listRecipients', 400, 'page_malformed', { query: '?cursor=x' });
  },

  async revokeRecipient({ ok }) {
    const sub = 'customer:42';
    const { revokedAt } = await ok('revokeRecipient', { body: { sub } });
    const { recipients } = await ok('listRecipients');
    expect(recipients).toMatchObject([{ sub, reads: 0, revokedAt }]);
  },

  async getBlurhash(player) {
    const { key, blurhash, width, height } = await newImage(player);
    const options = { params: { key }, headers: {} };
    await player.refused('getBlurhash', 403, 'signed_token_required', options);
    await player.ok('changeImage', { params: { key }, body: { visibility: 'public' } });
    expect(await player.ok('getBlurhash', options)).toEqual({ blurhash, width, height });
  },

  async getReceiptKeys(player) {
    const { keys } = await player.ok<{ keys: object[] }>('getReceiptKeys', { headers: {} });
    expect(keys).toMatchObject([{ kty: 'OKP', crv: 'Ed25519' }]);
  },

  async reportPageLoad(player) {
    const body = { lcp: 1200, projectName: player.world.project, pathname: '/gallery' };
    await player.ok('reportPageLoad', { body, headers: {} }, 204);
    const wrong = { ...body, lcp: 'soon' };
    await player.refused('reportPageLoad', 400, 'field_invalid', { body: wrong, headers: {} });
  },
};
