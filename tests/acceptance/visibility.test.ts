import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { addProject } from '../harness/projects.js';
import type { Credentials, TestServer } from '../harness/server.js';
import { postUpload } from '../harness/upload.js';
import { type Gallery, openGallery, TOKEN_MISSING } from './support/serve-gallery.js';
import { countReplies, lines, parseReply, talk } from './support/serve-raw.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import {
  patch,
  patchAs,
  setTo,
  visibilityClaims,
  visibilityToken,
} from './support/serve-visibility.js';

let gallery: Gallery<TestServer>;
let other: Credentials;
let url: string;
let secretKey: string;
let project: string;
/** Key of the image that is private at the start of each test. */
let key: string;

beforeAll(async () => {
  gallery = await openGallery();
  ({ url } = gallery.server);
  ({ secretKey } = gallery.server.credentials);
  ({ project } = gallery);
  ({ key } = gallery.closed);
  other = await addProject(gallery.server, 'other-app');
});

beforeEach(async () => {
  await gallery.server.aura.setVisibility(key, 'private');
});

afterAll(() => gallery?.server.kill());

async function unsignedStatus(): Promise<number> {
  return (await ask(`${url}/${project}/${key}`)).status;
}

function toPublic(token: string, body: string | Uint8Array = setTo('public')): Promise<Reply> {
  return patch(url, `${project}/${key}`, token, body);
}

describe('a right request', () => {
  it('is answered with the visibility, the first time and every time after it', async () => {
    for (const visibility of ['public', 'public', 'private', 'private'] as const) {
      const token = visibilityToken(secretKey, project, key, visibility);
      const reply = await patch(url, `${project}/${key}`, token, setTo(visibility));
      expect(reply.status).toBe(200);
      expect(json(reply)).toEqual({ visibility });
      expect(reply.headers['cache-control']).toBe('no-store');
      expect(await unsignedStatus()).toBe(visibility === 'public' ? 200 : 403);
    }
  });

  it('may carry the secret key instead of a token', async () => {
    for (const visibility of ['public', 'private'] as const) {
      const reply = await patchAs(url, `${project}/${key}`, secretKey, setTo(visibility));
      expect(json(reply)).toEqual({ visibility });
      expect(await unsignedStatus()).toBe(visibility === 'public' ? 200 : 403);
    }
  });

  it('may say more than the visibility', async () => {
    const body = JSON.stringify({ visibility: 'public', note: 'é' });
    expect((await toPublic(visibilityToken(secretKey, project, key, 'public'), body)).status).toBe(
      200,
    );
  });
});

describe('the SDK’s setVisibility', () => {
  it('flips an image both ways, and holds from the moment it resolves', async () => {
    const { aura } = gallery.server;
    const signed = await aura.getSignedUrl(key);
    for (let round = 0; round < 3; round++) {
      expect(await aura.setVisibility(key, 'public')).toEqual({ visibility: 'public' });
      const open = await ask(`${url}/${project}/${key}`);
      expect([open.status, open.body.equals(gallery.file)]).toEqual([200, true]);
      expect(open.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(await aura.setVisibility(key, 'private')).toEqual({ visibility: 'private' });
      const closed = await ask(`${url}/${project}/${key}`);
      expect([closed.status, closed.body.toString()]).toEqual([403, TOKEN_MISSING]);
      const read = await ask(signed);
      expect([read.status, read.body.equals(gallery.file)]).toEqual([200, true]);
      expect(read.headers['cache-control']).toBe('private, max-age=300');
    }
  });

  it('never lets a private image come from the cache that it was in while public', async () => {
    const { aura } = gallery.server;
    const signed = await aura.getSignedUrl(key);
    const timing = async (headers: object, method = 'GET') =>
      String((await ask(signed, { method, headers: { ...headers } })).headers['server-timing']);
    await aura.setVisibility(key, 'public');
    await timing({});
    expect(await timing({})).toContain('HIT');
    await aura.setVisibility(key, 'private');
    for (const headers of [{}, { Range: 'bytes=0-9' }, { 'If-None-Match': '*' }, {}]) {
      expect(await timing(headers)).toMatch(/^origin;dur=.*cache;desc="BYPASS"$/);
      expect(await timing(headers, 'HEAD')).toMatch(/^origin;dur=.*cache;desc="BYPASS"$/);
    }
    await aura.setVisibility(key, 'public');
    expect(await timing({})).toContain('MISS');
    expect(await timing({})).toContain('HIT');
  });

  it('rejects with the server’s answer for an image that is not there', async () => {
    await expect(
      gallery.server.aura.setVisibility('zzzzzzzzzz-none.jpg', 'private'),
    ).rejects.toThrow(/Image not found/);
  });
});

describe('a token that allows something else: 403', () => {
  const scope = (token: string, body?: string) =>
    toPublic(token, body).then((reply) => expectError(reply, 403, 'visibility_token_scope'));

  it('another image', () => scope(visibilityToken(secretKey, project, gallery.open.key, 'public')));
  it('the other visibility', () => scope(visibilityToken(secretKey, project, key, 'private')));
  it('this visibility, where the body wants the other', () =>
    scope(visibilityToken(secretKey, project, key, 'public'), setTo('private')));
  it('another project’s image', () =>
    scope(visibilityToken(other.secretKey, other.projectName, key, 'public')));
  it('uploads alone', async () => {
    const token = await gallery.server.aura.signUpload({ visibility: 'public' });
    await scope(token);
    await scope(token, setTo('private'));
  });
  afterAll(async () => expect(await unsignedStatus()).toBe(403));
});

describe('a token that is not accepted: 401', () => {
  it.each<[string, () => string]>([
    ['nothing', () => ''],
    ['nonsense', () => 'nonsense'],
    ['a serve token', () => String(new URL(gallery.signedUrl).searchParams.get('token'))],
    ['the secret key itself', () => secretKey],
    ['the serve secret', () => visibilityToken(gallery.server.credentials.serveSecret, ...right())],
    ['another project’s key', () => visibilityToken(other.secretKey, ...right())],
    ['a project that does not exist', () => visibilityToken(secretKey, 'nobody', key, 'public')],
    ['a cut signature', () => visibilityToken(secretKey, ...right()).slice(0, -1)],
    [
      'a payload in another spelling',
      () => visibilityToken(secretKey, ...right()).replace('.', '=.'),
    ],
    [
      'over 4,096 characters',
      () => visibilityToken(secretKey, ...right(), { a: 'a'.repeat(4000) }),
    ],
    ['expired', () => changed({ iat: now() - 301, exp: now() - 1 })],
    ['301 seconds of life', () => changed({ exp: now() + 302, iat: now() })],
    ['years of life', () => changed({ exp: now() + 1e8 })],
    ['a fraction as exp', () => changed({ exp: now() + 60.5 })],
    ['a text as exp', () => changed({ exp: String(now() + 60) })],
    ['no exp', () => changed({ exp: undefined })],
    ['no iat', () => changed({ iat: undefined })],
    ['no key', () => changed({ f: undefined })],
    ['keys', () => changed({ f: [key] })],
    ['no visibility', () => changed({ visibility: undefined })],
    ['another word as visibility', () => changed({ visibility: 'secret' })],
    ['another act', () => changed({ act: 'delete' })],
    ['an act that is no text', () => changed({ act: ['visibility'] })],
    ['no act', () => changed({ act: undefined })],
    ['a list as payload', () => handToken([visibilityClaims(...right())], secretKey)],
  ])('%s', async (_name, token) => {
    expectError(await toPublic(token()), 401, 'visibility_token_invalid');
    expect(await unsignedStatus()).toBe(403);
  });

  it('two of them, each good', async () => {
    const token = visibilityToken(secretKey, ...right());
    expectError(await toPublic(`${token}, ${token}`), 401, 'visibility_token_invalid');
  });

  const right = () => [project, key, 'public'] as const;
  const changed = (changes: Readonly<Record<string, unknown>>) =>
    visibilityToken(secretKey, ...right(), changes);
});

describe('who may not', () => {
  it('nobody at all: 401', async () => {
    const reply = await ask(`${url}/v1/images/${project}/${key}`, {
      method: 'PATCH',
      body: setTo('public'),
    });
    expectError(reply, 401, 'visibility_token_required');
  });

  it.each<[string, () => string, number, string]>([
    ['an unknown key', () => `sk_live_${'A'.repeat(43)}`, 401, 'secret_key_invalid'],
    ['the serve secret', () => gallery.server.credentials.serveSecret, 401, 'secret_key_invalid'],
    ['no key', () => '', 401, 'secret_key_invalid'],
    ['another project’s key', () => other.secretKey, 403, 'project_forbidden'],
  ])('%s as bearer token', async (_name, bearer, status, code) => {
    expectError(await patchAs(url, `${project}/${key}`, bearer(), setTo('public')), status, code);
    expect(await unsignedStatus()).toBe(403);
  });

  it('a token is not helped by a good key beside it', async () => {
    const reply = await ask(`${url}/v1/images/${project}/${key}`, {
      method: 'PATCH',
      headers: { 'X-Aura-Signature': 'nonsense', Authorization: `Bearer ${secretKey}` },
      body: setTo('public'),
    });
    expectError(reply, 401, 'visibility_token_invalid');
  });

  it('a visibility token uploads nothing: 401', async () => {
    for (const act of ['visibility', 'upload', '', null]) {
      const claims = visibilityClaims(project, key, 'public', {
        act,
        maxSize: 1_000_000,
        allowedTypes: ['image/*'],
      });
      const response = await postUpload(url, handToken(claims, secretKey), gallery.file);
      expect([response.status, response.headers.get('x-aura-error')]).toEqual([
        401,
        'upload_token_invalid',
      ]);
    }
  });
});

describe('what is not there: 404', () => {
  it.each(['zzzzzzzzzz-none.jpg', 'nonsense', '..%2f', '%00'])('%s', async (name) => {
    for (const visibility of ['public', 'private']) {
      const token = visibilityToken(secretKey, project, name, visibility);
      const reply = await patch(url, `${project}/${name}`, token, setTo(visibility));
      expectError(reply, 404, 'image_not_found');
    }
  });
});

describe('a body that is none: 400', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['half a JSON', '{"visibility":"public"'],
    ['a text', '"public"'],
    ['a list', '["public"]'],
    ['null', 'null'],
    ['a form', 'visibility=public'],
    ['no visibility', '{}'],
    ['another word', setTo('hidden')],
    ['capitals', setTo('PUBLIC')],
    ['a list of visibilities', setTo(['public'])],
    ['true', setTo(true)],
    ['null as visibility', setTo(null)],
    ['a visibility of the prototype', '{"__proto__":{"visibility":"public"}}'],
    ['bytes that are no text', Buffer.from('fffe7b7d', 'hex')],
    ['a body over 64 KiB', JSON.stringify({ visibility: 'public', pad: 'x'.repeat(66_000) })],
    ['a megabyte', JSON.stringify({ visibility: 'public', pad: 'x'.repeat(1_000_000) })],
    ['deep brackets', '['.repeat(1000)],
  ])('%s', async (_name, body) => {
    const reply = await toPublic(visibilityToken(secretKey, project, key, 'public'), body);
    expectError(reply, 400, 'visibility_malformed');
    expect(await unsignedStatus()).toBe(403);
  });
});

it('a long body without a declared length: 400', async () => {
  const token = visibilityToken(secretKey, project, key, 'public');
  const fields = [
    `PATCH /v1/images/${project}/${key} HTTP/1.1`,
    'Host: images.test',
    `X-Aura-Signature: ${token}`,
    'Transfer-Encoding: chunked',
  ];
  const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
  const heard = await talk(url, `${lines(...fields)}${chunk.repeat(50)}0\r\n\r\n`);
  expect(countReplies(heard)).toBe(1);
  expect(parseReply(heard).status).toBe(400);
  expect(await unsignedStatus()).toBe(403);
});

if (!differs('disconnected'))
  describe('a change whose client has gone', () => {
    it('is not made when the server wakes up and finds it', async () => {
      const { process } = gallery.server;
      const token = visibilityToken(secretKey, project, key, 'public');
      const fields = `X-Aura-Signature: ${token}\r\nContent-Type: application/json`;
      const body = setTo('public');
      const text = `PATCH /v1/images/${project}/${key} HTTP/1.1\r\nHost: x\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      for (const leave of ['destroy', 'resetAndDestroy'] as const) {
        process.kill('SIGSTOP');
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        await once(socket, 'connect'); // the kernel accepts it while the server is paused
        await new Promise((resolve) => socket.write(text, resolve));
        socket[leave]();
        process.kill('SIGCONT');
        for (let read = 0; read < 20; read++) expect(await unsignedStatus()).toBe(403);
      }
      expect((await toPublic(token)).status).toBe(200);
    });
  });
