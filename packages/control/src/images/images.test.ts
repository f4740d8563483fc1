import { createRouter, type RequestContext } from '@auraimage/http';
import {
  type AuditActor,
  bytesBody,
  type ChangeOrigin,
  type ImageRecord,
  type Project,
  type SecretKey,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { type ImageAddress, signUploadToken, signVisibilityToken } from '@auraimage/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAccessChecks } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlPorts } from '../ports.js';
import { imageRoutes } from './images.js';

const { signal: stopping } = new AbortController();
const UNUSED = { signInFailures: { note() {} }, wakeDeletions() {}, stopping };

const NOW = 1_900_000_000_250;
const SECRET = 'sk_live_mine';
const IMAGE = row(newImage('my-app', 1, { key: 'abc123xyz0-photo.jpg' }));
const PATH = `/v1/images/my-app/${IMAGE.key}`;
const ACTOR: AuditActor = { kind: 'secret_key', name: 'server' };

interface Change {
  readonly change: string;
  readonly address: ImageAddress;
  readonly origin: ChangeOrigin;
}

/** The image routes with recording ports, and a client that sends the secret key of `my-app`. */
function start({
  legacyVisibilityTokens = false,
  now = () => NOW,
}: {
  readonly legacyVisibilityTokens?: boolean;
  readonly now?: () => number;
} = {}) {
  const changes: Change[] = [];
  const lookups: string[] = [];
  const removed: string[] = [];
  const state = {
    ...{ revokedAt: null as number | null, disconnected: false, dropFails: false },
    visibility: IMAGE.visibility,
  };
  const project = { id: 'p', name: 'my-app', accountId: 'a' } as Project;
  const key = { id: 'k', name: 'server', accountId: 'a', projectId: 'p' } as SecretKey;
  const found = (address: ImageAddress): ImageRecord | null =>
    address.project === IMAGE.project && address.key === IMAGE.key ? IMAGE : null;
  const changed = async (change: string, address: ImageAddress, origin: ChangeOrigin) => {
    lookups.push(`${address.project}/${address.key}`);
    changes.push({ change, address, origin });
    return found(address);
  };
  const ports = {
    registry: {
      findProject: async (name: string) => (name === 'my-app' ? project : null),
      findSecretKey: async (secret: string) => (secret === SECRET ? key : null),
    },
    projects: {
      uploadPolicy: async (name: string) =>
        name === 'my-app' ? { secretKeys: [{ ...key, secret: SECRET }], allowedOrigins: [] } : null,
    },
    clock: { now },
    images: {
      async find(address: ImageAddress) {
        lookups.push(`${address.project}/${address.key}`);
        const image = found(address);
        return image && { image: { ...image, visibility: state.visibility } };
      },
      async list(name: string) {
        lookups.push(name);
        return { images: [IMAGE], cursor: 'next' };
      },
      async setVisibility(
        address: ImageAddress,
        visibility: ImageRecord['visibility'],
        origin: ChangeOrigin,
        check?: () => Promise<void>,
      ) {
        await check?.();
        const image = await changed(visibility, address, origin);
        return image && { ...image, visibility };
      },
      remove: (address: ImageAddress, origin: ChangeOrigin) => changed('removed', address, origin),
      async revokeLinks(address: ImageAddress, before: number, origin: ChangeOrigin) {
        const image = await changed(`revoked ${before}`, address, origin);
        return image && { ...image, linksRevokedAt: state.revokedAt ?? before };
      },
    },
    derived: {
      async drop(id: string) {
        removed.push(`derived ${id}`);
        if (state.dropFails) throw new Error('disk failure');
      },
    },
    objects: {
      read: async () => bytesBody(new TextEncoder().encode('"the file"')),
      async remove(id: string) {
        removed.push(`master ${id}`);
      },
    },
  } as unknown as ControlPorts;
  const options = {
    publicUrl: 'https://cdn.example',
    appUrl: 'https://app.example',
    legacyVisibilityTokens,
  } as ControlDependencies['options'];
  const access = createAccessChecks(ports, options);
  const router = createRouter(imageRoutes({ ports, options, access, ...UNUSED }));
  const context: RequestContext = {
    requestId: 'id',
    client: '192.0.2.7',
    host: null,
    isOperator: () => false,
    isDisconnected: async () => state.disconnected,
    facts: {},
  };

  async function call(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = { authorization: `Bearer ${SECRET}` },
  ) {
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await router.fetch(new Request(`http://localhost${path}`, init), context);
    const text = await response.text();
    const json = text === '' ? null : JSON.parse(text);
    return { status: response.status, code: response.headers.get('x-aura-error'), json };
  }
  return { call, router, context, changes, lookups, removed, state };
}

const wanted = (visibility: string) => JSON.stringify({ visibility });
const ORIGIN: ChangeOrigin = { actor: ACTOR, address: '192.0.2.7' };

describe('an owner', () => {
  it('reads, lists and deletes images', async () => {
    const { call, changes, removed, context } = start();
    expect((await call('GET', PATH)).json).toMatchObject({ key: IMAGE.key, version: 1 });
    const { json } = await call('GET', '/v1/projects/my-app/images');
    expect(json).toMatchObject({ images: [{ key: IMAGE.key }], cursor: 'next' });
    expect((await call('DELETE', PATH)).status).toBe(204);
    expect(changes).toEqual([
      { change: 'removed', address: { project: 'my-app', key: IMAGE.key }, origin: ORIGIN },
    ]);
    expect(removed).toEqual([`derived ${IMAGE.objectId}`, `master ${IMAGE.objectId}`]);
    expect(context.facts).toMatchObject({ project: 'my-app', secretKeyId: 'k', deleted: true });
  });

  it.each([
    ['q', '', 'field_invalid'],
    ['prefix', 'a%20b', 'field_invalid'],
    ['prefix', 'x'.repeat(256), 'field_invalid'],
    ['delimiter', '-', 'field_invalid'],
    ['q', 'x'.repeat(65), 'field_invalid'],
    ['visibility', 'hidden', 'field_invalid'],
    ['sha256', 'ABC', 'field_invalid'],
    ['limit', '0', 'page_malformed'],
    ['limit', '1001', 'page_malformed'],
    ['limit', 'many', 'page_malformed'],
  ])('gets an error that names the invalid filter %s=%s', async (name, value, code) => {
    const answer = await start().call('GET', `/v1/projects/my-app/images?${name}=${value}`);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(answer.json.message).toContain(`"${name}"`);
  });

  it('changes the visibility, even if the derived bytes cannot be removed', async () => {
    const { call, changes, removed, state, context } = start();
    state.dropFails = true;
    const answer = await call('PATCH', PATH, wanted('private'));
    expect([answer.status, answer.json]).toEqual([200, { visibility: 'private' }]);
    expect(changes).toMatchObject([{ change: 'private', origin: ORIGIN }]);
    expect(removed).toEqual([`derived ${IMAGE.objectId}`]);
    expect(context.facts.failure).toMatchObject({ message: 'disk failure' });
  });

  it('cannot change anything after disconnecting', async () => {
    const { call, changes, state } = start();
    state.disconnected = true;
    expect((await call('PATCH', PATH, wanted('private'))).code).toBe('client_gone');
    expect(changes).toEqual([]);
  });

  it.each([
    ...['', '{', '{}', '{"visibility":"hidden"}', '"private"', 'x'.repeat(70_000)],
    ...['{}', '0.5', '[0,0]', '{"x":0}', '{"x":"0","y":0}'].map((focus) => `{"focus":${focus}}`),
  ])('gets visibility_malformed for the body %.20j', async (body) => {
    const { status, code } = await start().call('PATCH', PATH, body);
    expect([status, code]).toEqual([400, 'visibility_malformed']);
  });

  it.each([
    ['GET', undefined],
    ['PATCH', wanted('private')],
    ['DELETE', undefined],
  ])('gets image_not_found for unknown keys: %s', async (method, body) => {
    for (const path of ['/v1/images/my-app/abc123xyz0-none.jpg', '/v1/images/my-app/x%2Fy']) {
      const { status, code } = await start().call(method, path, body);
      expect([status, code]).toEqual([404, 'image_not_found']);
    }
  });

  it.each([
    ['nobody', {}, 'secret_key_required'],
    ['an unknown key', { authorization: 'Bearer sk_live_other' }, 'secret_key_invalid'],
  ])('needs valid credentials: %s', async (_who, headers, code) => {
    const { call, lookups } = start();
    expect((await call('GET', PATH, undefined, headers)).code).toBe(code);
    expect((await call('DELETE', PATH, undefined, headers)).code).toBe(code);
    expect(lookups).toEqual([]);
  });

  it('downloads masters: with a secret key, which may leak, those of public images only', async () => {
    const { call, state } = start();
    const download = () => call('GET', `/v1/masters/my-app/${IMAGE.key}`);
    state.visibility = 'public';
    expect(await download()).toMatchObject({ status: 200, json: 'the file' });
    state.visibility = 'private';
    expect(await download()).toMatchObject({ status: 403, code: 'signed_token_required' });
  });

  it('has no access to other projects', async () => {
    const { call, lookups } = start();
    for (const project of ['other', 'none', 'MY-APP', 'my-app%00']) {
      const { status, code } = await call('GET', `/v1/projects/${project}/images`);
      expect([status, code]).toEqual([403, 'project_forbidden']);
    }
    expect(lookups).toEqual([]);
  });
});

describe('a token of X-Aura-Signature', () => {
  const iat = Math.floor(NOW / 1000);
  const visibilityToken = (claims: object = {}) =>
    signVisibilityToken(
      {
        projectName: 'my-app',
        act: 'visibility',
        f: IMAGE.key,
        visibility: 'private',
        iat,
        exp: iat + 60,
        ...claims,
      },
      SECRET,
    );
  const uploadToken = () =>
    signUploadToken(
      { projectName: 'my-app', maxSize: 1, allowedTypes: ['image/*'], iat, exp: iat + 60 },
      SECRET,
    );
  const send = async (
    token: Promise<string> | string,
    visibility: string,
    options: Parameters<typeof start>[0] = {},
  ) => {
    const { call, changes } = start(options);
    const headers = { 'x-aura-signature': await token };
    return { ...(await call('PATCH', PATH, wanted(visibility), headers)), changes };
  };

  it('for this image and visibility is accepted', async () => {
    const { status, changes } = await send(visibilityToken(), 'private');
    expect(status).toBe(200);
    const actor = { kind: 'visibility_token', name: 'server' };
    expect(changes).toMatchObject([{ change: 'private', origin: { actor, address: '192.0.2.7' } }]);
  });

  it.each([
    ['another visibility', visibilityToken({ visibility: 'public' }), 403],
    ['another image', visibilityToken({ f: 'abc123xyz0-other.jpg' }), 403],
    ['an upload', uploadToken(), 403],
    ['nothing: it is malformed', 'nonsense', 401],
    ['an earlier time: it has expired', visibilityToken({ exp: iat - 1, iat: iat - 60 }), 401],
  ])('for %s is refused', async (_what, token, expected) => {
    const { status, changes } = await send(token, 'private');
    expect(status).toBe(expected);
    expect(changes).toEqual([]);
  });

  it('for an upload is accepted if the operator allows it', async () => {
    const { status } = await send(uploadToken(), 'private', { legacyVisibilityTokens: true });
    expect(status).toBe(200);
  });
});

describe('revoking links', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => vi.useRealTimers());

  function post(options: Parameters<typeof start>[0] = {}) {
    const started = start({ now: Date.now, ...options });
    let answered: Awaited<ReturnType<typeof started.call>> | undefined;
    void started.call('POST', `${PATH}/revoke-links`).then((answer) => {
      answered = answer;
    });
    return { ...started, answer: () => answered };
  }

  it('commits immediately and responds at the end of the second', async () => {
    const { answer, changes } = post();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes).toMatchObject([{ change: 'revoked 1900000001', origin: ORIGIN }]);
    await vi.advanceTimersByTimeAsync(749);
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(answer()?.json).toEqual({
      linksRevokedAt: '2030-03-17T17:46:41.000Z',
      requiresIat: true,
    });
  });

  it('returns the later time if links were already revoked', async () => {
    const { answer, state } = post();
    state.revokedAt = 1_900_000_100;
    await vi.advanceTimersByTimeAsync(1100);
    expect(answer()?.json).toMatchObject({ linksRevokedAt: '2030-03-17T17:48:20.000Z' });
  });

  it('responds after at most 1.1 seconds, even if the clock stands still', async () => {
    const { answer } = post({ now: () => NOW });
    await vi.advanceTimersByTimeAsync(1200);
    expect(answer()?.status).toBe(200);
  });
});

describe('paths', () => {
  /** The `project/key` or project that a path names if nothing is decoded. */
  function namedBy(path: string): string[] {
    const [, project = ''] = /^\/v1\/projects\/([^/]+)\/images$/.exec(path) ?? [];
    const [, address = ''] = /^\/v1\/images\/([^/]+\/.+)$/.exec(path) ?? [];
    const [, target = ''] = /^\/v1\/images\/([^/]+\/.+)\/revoke-links$/.exec(path) ?? [];
    return [project, address, target].filter((name) => name !== '');
  }

  const strange = fc.constantFrom(
    ...['%2F', '%2f', '%252F', '%5C', '\\', '/', '//', '.', '..', '/../', '%2e%2e', '%2E', '%00'],
    ...[
      '\0',
      '%0a',
      '\n',
      ' ',
      '%20',
      '+',
      ';',
      '@',
      '?',
      '#',
      'A',
      '%61',
      'é',
      '\u2215',
      '%',
      '*',
    ],
    ...['v1', 'images', 'my-app', IMAGE.key, `/my-app/${IMAGE.key}`],
  );
  const disturbed = (text: string) =>
    fc
      .array(fc.tuple(fc.nat(text.length), strange), { maxLength: 2 })
      .map((parts) =>
        parts.reduce((whole, [at, part]) => whole.slice(0, at) + part + whole.slice(at), text),
      );

  it('are looked up without decoding', async () => {
    const { router, context, lookups } = start({ now: () => NOW + 750 });
    const path = fc.oneof(
      disturbed(PATH),
      disturbed('/v1/projects/my-app/images'),
      fc.array(strange, { maxLength: 6 }).map((parts) => `/${parts.join('')}`),
    );
    const method = fc.constantFrom('GET', 'HEAD', 'PATCH', 'DELETE', 'PUT', 'OPTIONS');
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, text) => {
        lookups.length = 0;
        const request = new Request(`http://localhost/${text.replace(/^\//, '')}`, {
          method: verb,
          headers: { authorization: `Bearer ${SECRET}` },
          body: verb === 'PATCH' ? wanted('private') : null,
        });
        const { status } = await router.fetch(request, context);
        const sent = request.url.slice('http://localhost'.length).replace(/[?#].*/s, '');
        for (const name of lookups) expect(namedBy(sent)).toContain(name);
        for (const name of lookups) expect(name).toMatch(/^my-app(?:\/[A-Za-z0-9._~-]+)*$/);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 1000 },
    );
  });
});
