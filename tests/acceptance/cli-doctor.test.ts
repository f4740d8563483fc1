import { AuraImage } from '@auraimage/sdk';
import { signServeToken } from '@auraimage/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { createDesk, type Desk, newProject } from './support/cli.js';
import { runDoctor, some } from './support/cli-doctor.js';
import { forward, startProxy } from './support/cli-proxy.js';

const PROJECT = newProject('clinic');

let desk: Desk;
/** Of the project. */
let aura: AuraImage;
let key: string;
let other: string;
let serveSecret: string;

/** The environment of a job that has only a secret key. */
let ci: Readonly<Record<string, string>>;

beforeAll(async () => {
  desk = await createDesk();
  await desk.signIn();
  const init = await desk.aura(['init', '--project', PROJECT, '--create']);
  const AURA_TOKEN = /^AURA_SECRET_KEY=(\S+)$/m.exec(init.out)?.[1] ?? '';
  ci = { AURA_TOKEN, HOME: '/nonexistent', AURA_PROJECT: PROJECT };
  const cdnUrl = desk.server.url;
  aura = new AuraImage({ secretKey: AURA_TOKEN, projectName: PROJECT, cdnUrl });
  const put = async (width: number) => {
    const file = await drawing(width, 20).png().toBuffer();
    return (await upload({ aura, url: cdnUrl }, file, 'private')).key;
  };
  [key, other] = [await put(30), await put(20)];
  serveSecret = await secretNow();
});
afterAll(() => desk.close());

async function secretNow(): Promise<string> {
  const response = await desk.ask('GET', `/v1/projects/${PROJECT}/serve-secret`);
  const { secret }: { secret: string } = JSON.parse(await response.text());
  return secret;
}

async function listed(): Promise<readonly unknown[]> {
  const response = await desk.ask('GET', `/v1/projects/${PROJECT}/images`);
  const { images }: { images: readonly object[] } = JSON.parse(await response.text());
  // Signed links change every quarter of an hour.
  return images.map((image) => ({ ...image, signedUrl: null, signedUrlExpiresAt: null }));
}

async function rotate(graceSeconds: number): Promise<void> {
  const path = `/v1/projects/${PROJECT}/serve-secret/rotate`;
  expect((await desk.ask('POST', path, { graceSeconds })).status).toBe(200);
}

const doctor = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runDoctor(desk, argv, env);

/** A link whose token has other claims than a valid one. */
async function link(change: object, secret: string = serveSecret): Promise<string> {
  const iat = Math.floor(Date.now() / 1000) - 600;
  const claims = { p: PROJECT, f: key, iat, exp: iat + 3600, ...change };
  return `${desk.server.url}/${PROJECT}/${key}?token=${await signServeToken(claims, secret)}`;
}

describe('aura doctor <url>', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it('says that a link works', async () => {
    const { exit, ok, find } = await doctor([await link({})]);
    expect(find('link')).toMatchObject({ status: 'ok' });
    expect(find('answer')).toMatchObject({ status: 'ok' });
    expect(find('clock')).toMatchObject({ status: 'ok' });
    expect({ exit, ok }).toEqual({ exit: 0, ok: true });
  });

  const failing: [string, () => Promise<string>, RegExp][] = [
    ['expired', () => link({ exp: now() - 185 }), /3 minutes ago/],
    ['signed with an unknown secret', () => link({}, 'psk_live_wrong'), /sign|secret/i],
    ["another image's", () => link({ f: other }), /is for/],
    ['without a token', async () => `${desk.server.url}/${PROJECT}/${key}`, /token/i],
    ['cut short', async () => (await link({})).slice(0, -9), /sign|token/i],
    ['of a deleted image', async () => (await link({})).replace(key, `x${key.slice(1)}`), /./],
    ['not of an image', async () => `${desk.server.url}/health`, /./],
  ];
  it.each(some(failing))('reports why a link fails: %s', async (_, make, words) => {
    const { exit, ok, find } = await doctor([await make()]);
    expect(find('link')).toMatchObject({ status: 'fail' });
    expect(find('link')?.text).toMatch(words);
    expect(find('link')?.fix).toBeTruthy();
    expect({ exit, ok }).toEqual({ exit: 1, ok: false });
  });

  it('distinguishes the previous secret from a wrong one', async () => {
    const before = await link({});
    await rotate(0);
    const { exit, find } = await doctor([before]);
    expect(exit).toBe(1);
    expect(find('link')?.text).toMatch(/the previous serve secret/);
    serveSecret = await secretNow();
    expect((await doctor([await link({})])).exit).toBe(0);
  });

  it('detects a secret that was rotated more than once', async () => {
    const before = await link({});
    await rotate(0);
    await rotate(0);
    const { exit, find } = await doctor([before]);
    expect(exit).toBe(1);
    expect(find('rotation')?.text).toContain(`before the serve secret of ${PROJECT} was changed`);
    serveSecret = await secretNow();
  });

  it('detects revoked links', async () => {
    const stopped = await link({});
    await aura.revokeLinks(key);
    const { exit, find } = await doctor([stopped]);
    expect(exit).toBe(1);
    expect(find('link')?.text).toMatch(/stopped|revoked/i);
    expect(find('answer')?.text).toContain('403');
  });

  it('reports that an image is public', async () => {
    await aura.setVisibility(other, 'public');
    const { exit, find } = await doctor([`${desk.server.url}/${PROJECT}/${other}`]);
    expect(find('link')).toMatchObject({ status: 'warn' });
    expect(exit).toBe(0);
  });

  it('prints no part of the token', async () => {
    const url = await link({ exp: now() - 60 });
    const [payload = ''] = (url.split('token=')[1] ?? '').split('.');
    const { out, err } = await desk.aura(['doctor', url]);
    expect(out).toContain('fail');
    expect(out + err).not.toContain(payload.slice(0, 20));
  });
});

describe('aura doctor', () => {
  it('reports no problem with a correct deployment, and deletes its image', async () => {
    const before = await listed();
    const { exit, ok, checks } = await doctor(['--project', PROJECT]);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect([exit, ok]).toEqual([0, true]);
    expect(checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'no_token',
        'wrong_secret',
        'read',
        'digest',
        'head',
        'range',
        'not_modified',
        'shared_cache',
        'cookie',
        'flip_public',
        'flip_private',
        'removed',
      ]),
    );
    expect(await listed()).toEqual(before);
  });

  it('detects a cache in front that serves private images', async () => {
    const cache = new Map<string, { status: number; headers: Headers; body: Buffer }>();
    const proxy = await startProxy(async (incoming, outgoing) => {
      const [path = ''] = (incoming.url ?? '').split('?');
      const kept = incoming.method === 'GET' ? cache.get(path) : undefined;
      if (kept !== undefined) {
        outgoing.writeHead(kept.status, { ...Object.fromEntries(kept.headers), 'X-Cache': 'HIT' });
        return void outgoing.end(kept.body);
      }
      await forward(desk.server.url, incoming, outgoing, (status, headers, body) => {
        if (incoming.method === 'GET' && status === 200) cache.set(path, { status, headers, body });
      });
    });
    const env = { AURA_CDN_URL: proxy.url };
    const { exit, find } = await doctor(['--project', PROJECT], env);
    await proxy.close();
    expect(exit).toBe(1);
    expect(find('shared_cache')).toMatchObject({ status: 'warn' });
    expect(find('no_token_again')).toMatchObject({ status: 'fail' });
    expect(find('no_token_again')?.fix).toContain('cache');
    expect(find('flip_private')).toMatchObject({ status: 'fail' });
    expect(find('removed')).toMatchObject({ status: 'ok' });
  });

  it('detects a proxy that removes response headers', async () => {
    const proxy = await startProxy((incoming, outgoing) =>
      forward(desk.server.url, incoming, outgoing, (_status, headers) => {
        headers.delete('content-security-policy');
        headers.set('cache-control', 'public, max-age=60');
      }),
    );
    const { exit, find } = await doctor(['--project', PROJECT], { AURA_CDN_URL: proxy.url });
    await proxy.close();
    expect(exit).toBe(1);
    expect(find('header_content_security_policy')).toMatchObject({ status: 'fail' });
    expect(find('header_cache_control')).toMatchObject({ status: 'fail' });
    expect(find('header_x_content_type_options')).toMatchObject({ status: 'ok' });
    expect(find('no_token')).toMatchObject({ status: 'fail' });
  });
});

describe('aura doctor with a secret key in AURA_TOKEN', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it('checks the deployment, except what requires a signed link', async () => {
    const before = await listed();
    const { exit, ok, checks, find } = await doctor([], ci);
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect({ exit, ok }).toEqual({ exit: 0, ok: true });
    expect(find('address')).toMatchObject({ status: 'warn' });
    expect(find('address')?.fix).toContain('AURA_SERVE_SECRET');
    for (const id of ['no_token', 'wrong_secret', 'flip_public', 'flip_private', 'removed']) {
      expect(find(id), id).toMatchObject({ status: 'ok' });
    }
    expect(find('read')).toBeUndefined();
    expect(await listed()).toEqual(before);
  });

  it('checks everything with the serve secret beside it', async () => {
    const env = {
      ...ci,
      AURA_SERVE_SECRET: serveSecret,
      NEXT_PUBLIC_AURA_PROJECT_NAME: PROJECT,
    };
    const { exit, checks, find } = await doctor([], env);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(find('read')).toMatchObject({ status: 'ok' });
    expect(find('shared_cache')).toMatchObject({ status: 'ok' });
    expect(exit).toBe(0);
  });

  it('fails if the key does not belong to the project', async () => {
    const { exit, find } = await doctor(['--project', 'other-project'], ci);
    expect(exit).toBe(1);
    expect(find('upload')).toMatchObject({ status: 'fail' });
  });

  const failing: [string, () => Promise<string>, RegExp][] = [
    ['expired', () => link({ exp: now() - 185 }), /3 minutes ago/],
    ['signed with an unknown secret', () => link({ iat: now() }, 'psk_live_wrong'), /serve secret/],
    ["another image's", () => link({ f: other }), /another image/],
    ["another project's", () => link({ p: 'other-project' }), /another project/],
    ['valid for too long', () => link({ exp: now() + 8 * 86_400 }), /would expire in/],
    ['without a token', async () => `${desk.server.url}/${PROJECT}/${key}`, /no token/],
    ['with two tokens', async () => (await link({})).replace('?', '?token=x&'), /more than one/],
    ['cut short', async () => (await link({})).slice(0, -9), /incomplete/],
    ['signed before links were revoked', () => link({ iat: 1 }), /revoked/],
    [
      'of a deleted image',
      async () => (await link({})).replace(key, `x${key.slice(1)}`),
      /no image/,
    ],
    [
      'of a project that the key does not belong to',
      async () => (await link({})).replace(PROJECT, 'other-project'),
      /does not belong to the project/,
    ],
    ['not of an image', async () => `${desk.server.url}/health`, /not the URL/],
  ];
  it.each(some(failing))('says why a link fails: %s', async (_, make, words) => {
    const { exit, ok, find } = await doctor([await make()], ci);
    expect(find('link')).toMatchObject({ status: 'fail' });
    expect(find('link')?.text).toMatch(words);
    expect(find('link')?.fix).toBeTruthy();
    expect(find('diagnosis')?.fix).toContain('aura login');
    expect({ exit, ok }).toEqual({ exit: 1, ok: false });
  });

  it('says that a link works, and that an image is public', async () => {
    const fresh = await link({ iat: now() });
    const { exit, find } = await doctor([fresh], ci);
    expect(find('link')).toMatchObject({ status: 'ok' });
    expect(find('answer')).toMatchObject({ status: 'ok' });
    expect(exit).toBe(0);
    const open = await doctor([`${desk.server.url}/${PROJECT}/${other}`], ci);
    expect(open.find('link')?.text).toMatch(/public/);
    expect(open.exit).toBe(0);
  });
});

describe('aura doctor with AURA_SERVE_SECRET', () => {
  const WRONG = 'psk_live_never-made-by-this-server-00000000000';
  const withSecret = (secret: string, project = PROJECT) => ({
    AURA_SERVE_SECRET: secret,
    NEXT_PUBLIC_AURA_PROJECT_NAME: project,
  });

  it('says that it is the one of the project', async () => {
    for (const env of [withSecret(serveSecret), { ...withSecret(serveSecret), ...ci }]) {
      const { exit, find } = await doctor(['--project', PROJECT], env);
      expect(find('serve_secret')).toMatchObject({ status: 'ok' });
      expect(find('read')).toMatchObject({ status: 'ok' });
      expect(exit).toBe(0);
    }
  });

  it('says that it is another one, and checks the rest', async () => {
    const { exit, find } = await doctor(['--project', PROJECT], withSecret(WRONG));
    expect(find('serve_secret')).toMatchObject({ status: 'fail' });
    expect(find('serve_secret')?.fix).toContain(`aura init --project ${PROJECT}`);
    expect(find('read')).toMatchObject({ status: 'ok' });
    expect(find('removed')).toMatchObject({ status: 'ok' });
    expect(exit).toBe(1);
    const key = await doctor([], { ...ci, ...withSecret(WRONG) });
    expect(key.find('serve_secret')).toMatchObject({ status: 'fail' });
  });

  it('says that it is the previous one, which works for a time', async () => {
    const before = serveSecret;
    await rotate(3600);
    serveSecret = await secretNow();
    const { exit, find } = await doctor(['--project', PROJECT], withSecret(before));
    expect(find('serve_secret')).toMatchObject({ status: 'warn' });
    expect(find('serve_secret')?.text).toContain('previous');
    expect(exit).toBe(0);
  });

  it('does not judge it by another project', async () => {
    const { find } = await doctor(['--project', PROJECT], withSecret(serveSecret, 'other-one'));
    expect(find('serve_secret')).toMatchObject({ status: 'warn' });
    expect(find('serve_secret')?.fix).toContain('--project other-one');
  });

  it('says whether it signed a link that fails', async () => {
    const wrong = await link({ iat: Math.floor(Date.now() / 1000) }, WRONG);
    const own = await doctor([wrong], withSecret(WRONG));
    expect(own.find('serve_secret')).toMatchObject({ status: 'fail' });
    const other = await doctor([wrong], withSecret(serveSecret));
    expect(other.find('serve_secret')?.text).toContain('another secret');
  });
});
