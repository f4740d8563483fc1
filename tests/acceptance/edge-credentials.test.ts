import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Browser, deviceToken, type Person } from '../harness/control.js';
import type { OwnedServer } from '../harness/shared-server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { invite } from './support/api-world.js';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';

let gallery: Gallery<OwnedServer>;
let url: string;
let owner: Browser;
let outsider: Person;
let ownersToken: string;
let outsidersToken: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  ({ url } = gallery.server);
  ({ owner } = gallery.server);
  outsider = await invite(gallery.server, owner, `${crypto.randomUUID()}@example.com`);
  ownersToken = await deviceToken(gallery.server, owner);
  outsidersToken = await deviceToken(gallery.server, outsider);
});

type Route = readonly [method: string, path: string, body?: string];

const routes = (key: string): readonly [Route, Route, ...Route[]] => [
  ['GET', `/v1/projects/${gallery.project}/images`],
  ['GET', `/v1/images/${gallery.project}/${key}`],
  ['PATCH', `/v1/images/${gallery.project}/${key}`, '{"visibility":"public"}'],
  ['POST', `/v1/images/${gallery.project}/${key}/revoke-links`],
  ['DELETE', `/v1/images/${gallery.project}/${key}`],
];

const send = (
  [method, path, body]: Route,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> => ask(url + path, { method, headers, ...(body !== undefined && { body }) });

const fromDashboard = ({ cookie }: Browser) => ({
  Cookie: cookie(),
  Origin: gallery.server.appUrl,
});

describe('access to a project’s images', () => {
  it('is granted to a session of its account', async () => {
    const { key } = await upload(gallery.server, gallery.file, 'private');
    for (const route of routes(key)) {
      const { status } = await send(route, fromDashboard(owner));
      expect([route[0], status]).toEqual([route[0], route[0] === 'DELETE' ? 204 : 200]);
    }
  });

  it('is granted to a CLI token of its account', async () => {
    const { key } = await upload(gallery.server, gallery.file, 'private');
    for (const route of routes(key)) {
      const { status } = await send(route, { Authorization: `Bearer ${ownersToken}` });
      expect([route[0], status]).toEqual([route[0], route[0] === 'DELETE' ? 204 : 200]);
    }
  });

  it('is refused to other accounts, and for projects that do not exist', async () => {
    const there = routes(gallery.closed.key);
    const notThere = there.map(([method, path, ...body]): Route => {
      return [method, path.replace(gallery.project, 'none-such'), ...body];
    });
    for (const [index, route] of there.entries()) {
      for (const headers of [
        fromDashboard(outsider),
        { Authorization: `Bearer ${outsidersToken}` },
      ]) {
        const reply = await send(route, headers);
        expectError(reply, 403, 'project_forbidden');
        const none = await send(notThere[index] ?? route, headers);
        expect([none.status, none.body]).toEqual([reply.status, reply.body]);
      }
    }
    expect((await ask(gallery.closed.url)).status).toBe(403);
  });

  it('is refused to expired tokens', async () => {
    const token = await deviceToken(gallery.server, owner, 'to be signed out');
    const list = ['GET', `/v1/projects/${gallery.project}/images`] as const;
    const headers = { Authorization: `Bearer ${token}` };
    expect((await send(list, headers)).status).toBe(200);
    const out = await fetch(`${url}/v1/auth/cli-tokens/me`, { method: 'DELETE', headers });
    expect(out.status).toBe(204);
    expectError(await send(list, headers), 401, 'secret_key_invalid');
  });
});

describe('a page of another site', () => {
  const foreign = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    {},
  ];

  it.each(foreign)('cannot change anything with the cookie: %j', async (fields) => {
    for (const route of routes(gallery.closed.key).filter(([method]) => method !== 'GET')) {
      const reply = await send(route, { Cookie: owner.cookie(), ...fields });
      expectError(reply, 403, 'cross_site_request');
    }
    expect((await ask(gallery.closed.url)).status).toBe(403);
  });

  it('reads nothing', async () => {
    for (const route of routes(gallery.closed.key).filter(([method]) => method === 'GET')) {
      const headers = { Cookie: owner.cookie(), 'Sec-Fetch-Site': 'cross-site' };
      expectError(await send(route, headers), 403, 'cross_site_request');
      const own = await send(route, fromDashboard(owner));
      expect(own.headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(own.headers['access-control-allow-credentials']).toBeUndefined();
      expect(own.headers['cache-control']).toBe('no-store');
    }
  });
});

describe('the facts of an image', () => {
  it('are those of the list', async () => {
    const authorization = { Authorization: `Bearer ${gallery.server.credentials.secretKey}` };
    const [listRoute, factsRoute] = routes(gallery.open.key);
    const facts = await send(factsRoute, authorization);
    const list = json(await send(listRoute, authorization)) as { images: readonly Uploaded[] };
    expect(json(facts)).toEqual(list.images.find(({ key }) => key === gallery.open.key));
    const { receipt, ...uploaded } = gallery.open;
    expect(receipt).not.toBe('');
    expect(json(facts)).toMatchObject({
      ...uploaded,
      sha256: createHash('sha256').update(gallery.file).digest('hex'),
      version: 1,
      linksRevokedAt: null,
    });
  });

  it('of a missing image: 404', async () => {
    const authorization = { Authorization: `Bearer ${ownersToken}` };
    const [, factsRoute] = routes('zzzzzzzzzz-none.jpg');
    expectError(await send(factsRoute, authorization), 404, 'image_not_found');
  });
});
