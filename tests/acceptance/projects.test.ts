import { beforeAll, describe, expect, it } from 'vitest';
import { type Browser, deviceToken, type Person } from '../harness/control.js';
import type { OwnedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { invite } from './support/api-world.js';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';

let gallery: Gallery<OwnedServer>;
let owner: Browser;
let outsider: Person;
let project: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  ({ owner } = gallery.server);
  outsider = await invite(gallery.server, owner, `${crypto.randomUUID()}@example.com`);
  project = `/v1/projects/${gallery.project}`;
});

const diagnose = (url: string, who = owner) => who.json('POST', '/v1/auth/diagnose-link', { url });

describe('a project over HTTP', () => {
  it('belongs to its account only', async () => {
    expect(await outsider.json('GET', '/v1/projects')).toEqual({ projects: [] });
    const requests: [string, string, unknown?][] = [
      ['GET', project],
      ['GET', `${project}/serve-secret`],
      ['POST', `${project}/serve-secret/rotate`, { graceSeconds: 0 }],
      ['POST', `${project}/secret-keys`, { name: 'mine' }],
      ['POST', `${project}/signed-urls`, { keys: [gallery.closed.key] }],
      ['PATCH', project, { projectName: 'mine-now' }],
      ['DELETE', project, { confirm: gallery.project }],
    ];
    for (const [method, path, body] of requests) {
      const { status, headers } = await outsider.send(method, path, body);
      expect([status, headers.get('x-aura-error')], path).toEqual([404, 'project_not_found']);
    }
    expect(await diagnose(gallery.signedUrl, outsider)).toMatchObject({
      verdict: 'project_not_found',
    });
    expect((await ask(gallery.signedUrl)).status).toBe(200);
  });

  it('accepts uploads with tokens signed for a session, a CLI token and a secret key', async () => {
    const { server, file } = gallery;
    const bearers = [await deviceToken(server, owner), server.credentials.secretKey];
    for (const bearer of [null, ...bearers]) {
      const headers = bearer === null ? {} : { Authorization: `Bearer ${bearer}` };
      const request = { projectName: gallery.project, visibility: 'private' };
      const signed = await owner.send('POST', '/v1/sign', request, headers);
      expect(signed.status).toBe(200);
      const { signature } = (await signed.json()) as { signature: string };
      const answer = await postUpload(server.url, signature, file);
      expect(answer.status).toBe(201);
      const { key, url, visibility } = (await answer.json()) as Uploaded;
      expect(visibility).toBe('private');
      expect((await ask(url)).status).toBe(403);
      const { urls } = await owner.json<{ urls: { url: string }[] }>(
        'POST',
        `${project}/signed-urls`,
        { keys: [key] },
      );
      expect((await ask(urls[0]?.url ?? '')).status).toBe(200);
    }
  });

  it('diagnoses a link as the edge decides', async () => {
    const { signedUrl, closed, open } = gallery;
    expect(await diagnose(signedUrl)).toMatchObject({ verdict: 'ok' });
    expect(await diagnose(closed.url)).toMatchObject({ verdict: 'missing' });
    expect(await diagnose(open.url)).toMatchObject({ verdict: 'image_public' });
    expect(await diagnose(`${signedUrl}x`)).toMatchObject({ verdict: 'malformed' });
    const { key } = closed;
    await owner.json('POST', `/v1/images/${gallery.project}/${key}/revoke-links`);
    expect((await ask(signedUrl)).status).toBe(403);
    expect(await diagnose(signedUrl)).toMatchObject({ verdict: 'revoked' });
    const { urls } = await owner.json<{ urls: [{ url: string }] }>(
      'POST',
      `${project}/signed-urls`,
      {
        keys: [key],
      },
    );
    const [{ url }] = urls;
    expect((await ask(url)).status).toBe(200);
    const withoutIat = (secret: string) =>
      `${closed.url}?token=${handToken({ p: gallery.project, f: key, exp: now() + 60 }, secret)}`;
    const before = withoutIat(gallery.server.credentials.serveSecret);
    expect((await ask(before)).status).toBe(403);
    expect(await diagnose(before)).toMatchObject({ verdict: 'revoked' });
    const { secret } = await owner.json<{ secret: string }>(
      'POST',
      `${project}/serve-secret/rotate`,
      { graceSeconds: 60 },
    );
    expect((await ask(withoutIat(secret))).status).toBe(200);
    expect(await diagnose(withoutIat(secret))).toMatchObject({ verdict: 'ok' });
    expect((await ask(before)).status).toBe(403);
    expect((await ask(url)).status).toBe(200);
    await owner.json('POST', `${project}/serve-secret/end-grace`);
    expect((await ask(url)).status).toBe(403);
    expect(await diagnose(url)).toMatchObject({ verdict: 'old_secret' });
  });

  it('has a list of allowed origins, effective at once', async () => {
    const { server, file } = gallery;
    const allowedOrigins = ['https://app.example/'];
    expect(await owner.json('PATCH', project, { allowedOrigins })).toMatchObject({
      allowedOrigins: ['https://app.example'],
    });
    const token = await server.aura.signUpload();
    const statusFrom = async (Origin: string) =>
      (await postUpload(server.url, token, file, 'photo.jpg', { Origin })).status;
    expect(await statusFrom('https://evil.example')).toBe(403);
    expect(await statusFrom('https://app.example')).toBe(201);
    await owner.json('PATCH', project, { allowedOrigins: [] });
    expect(await statusFrom('https://evil.example')).toBe(201);
  });

  it('can be renamed, which changes its URLs and ends the old ones', async () => {
    const { server, open, closed } = gallery;
    const link = await owner.json<{ urls: [{ url: string }] }>('POST', `${project}/signed-urls`, {
      keys: [closed.key],
    });
    expect(await owner.json('PATCH', project, { projectName: 'new-name' })).toMatchObject({
      projectName: 'new-name',
    });
    expect((await ask(open.url)).status).toBe(404);
    const renamed = `${server.url}/new-name/${open.key}`;
    expect((await ask(renamed)).status).toBe(200);
    const token = new URL(link.urls[0].url).searchParams.get('token') ?? '';
    const old = `${server.url}/new-name/${closed.key}?token=${token}`;
    expect((await ask(old)).status).toBe(403);
    expect(await diagnose(old)).toMatchObject({ verdict: 'other_project' });
  });

  it('is documented, for programs and for people', async () => {
    const document = await fetch(`${gallery.server.appUrl}/openapi.json`);
    expect(await document.json()).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: gallery.server.appUrl }],
    });
    const page = await fetch(`${gallery.server.appUrl}/docs/api`);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/html/),
    ]);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  });
});
