import { signServeToken } from '@auraimage/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { type Authority, createAuthority } from './support/certificates.js';
import { createDesk, type Desk } from './support/cli.js';
import { forward, startProxy } from './support/cli-proxy.js';

interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly fix?: string;
}

const PROJECT = 'clinic';

let desk: Desk;
let key: string;
let other: string;
let serveSecret: string;
/** A third of the cases in a normal run: packages/control and apps/cli have a unit test of every cause. */
const some = <T>(cases: readonly T[]) => cases.filter((_, at) => shortOrLong(at % 3 === 0, true));

/** The environment of a job that has only a secret key. */
let ci: Readonly<Record<string, string>>;

beforeAll(async () => {
  desk = await createDesk();
  await desk.signIn();
  const init = await desk.aura(['init', '--project', PROJECT, '--create']);
  const AURA_TOKEN = /^AURA_SECRET_KEY=(\S+)$/m.exec(init.out)?.[1] ?? '';
  ci = { AURA_TOKEN, HOME: '/nonexistent', AURA_PROJECT: PROJECT };
  await desk.put('a.png', await drawing(30, 20).png().toBuffer());
  await desk.put('b.png', await drawing(20, 30).png().toBuffer());
  const { out } = await desk.aura(['upload', '.', '--private', '--json', '--concurrency', '1']);
  const lines = out.trim().split('\n');
  [key = '', other = ''] = lines.map((line) => JSON.parse(line).key);
  serveSecret = await secretNow();
});
afterAll(() => desk.close());

async function secretNow(): Promise<string> {
  const response = await desk.ask('GET', `/v1/projects/${PROJECT}/serve-secret`);
  const { secret }: { secret: string } = JSON.parse(await response.text());
  return secret;
}

async function rotate(graceSeconds: number): Promise<void> {
  const path = `/v1/projects/${PROJECT}/serve-secret/rotate`;
  expect((await desk.ask('POST', path, { graceSeconds })).status).toBe(200);
}

async function doctor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exit, out, err } = await desk.aura(['doctor', ...argv, '--json'], { env });
  expect(out, err).not.toBe('');
  const { ok, checks }: { ok: boolean; checks: Check[] } = JSON.parse(out);
  return { exit, ok, checks, find: (id: string) => checks.find((check) => check.id === id) };
}

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
    expect(find('rotation')?.text).toMatch(/before the serve secret of clinic was changed/);
    serveSecret = await secretNow();
  });

  it('detects revoked links', async () => {
    const stopped = await link({});
    expect((await desk.aura(['revoke-links', key])).exit).toBe(0);
    const { exit, find } = await doctor([stopped]);
    expect(exit).toBe(1);
    expect(find('link')?.text).toMatch(/stopped|revoked/i);
    expect(find('answer')?.text).toContain('403');
  });

  it('reports that an image is public', async () => {
    await desk.aura(['visibility', other, 'public']);
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
    // Signed links change every quarter of an hour.
    const listed = async () =>
      (await desk.aura(['ls', '--json'])).out.replaceAll(/,"signedUrl":.*$/gm, '');
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
    expect(await listed()).toBe(before);
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
    const before = (await desk.aura(['ls', '--json'])).out;
    const { exit, ok, checks, find } = await doctor([], ci);
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect({ exit, ok }).toEqual({ exit: 0, ok: true });
    expect(find('address')).toMatchObject({ status: 'warn' });
    expect(find('address')?.fix).toContain('AURA_SERVE_SECRET');
    for (const id of ['no_token', 'wrong_secret', 'flip_public', 'flip_private', 'removed']) {
      expect(find(id), id).toMatchObject({ status: 'ok' });
    }
    expect(find('read')).toBeUndefined();
    expect((await desk.aura(['ls', '--json'])).out).toBe(before);
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

describe('aura doctor over TLS', () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority();
  });
  afterAll(() => authority.close());

  const host = 'localhost';
  type Options = Parameters<Authority['serve']>[0];
  const certificates: [string, Options, cause: RegExp, fix: RegExp, isTrusted?: boolean][] = [
    ['a self-signed one', { host, selfSigned: true }, /is self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['its authority', { host, withAuthority: true }, /not know \(Test Authority\)/, /_CA_CERTS/],
    ['a part of the chain', { host }, /leads to no authority/, /fullchain\.pem/],
    ['an expired one', { host, from: -30, until: -2 }, /has expired, on 20\d\d-/, /Renew/, true],
    ['one of tomorrow', { host, from: 1 }, /not valid yet, but from 20\d\d-/, /clock/, true],
    ['that of another host', { host: 'other.example' }, /but for other\.example/, /names/, true],
    ['no TLS at all', null, /does not speak TLS on this port/, /http:/],
  ];
  it.each(some(certificates))(
    'names the cause and the fix where the server has %s',
    async (_what, certificate, cause, fix, isTrusted) => {
      const AURA_API_URL = await authority.serve(certificate);
      const trust = isTrusted ? { NODE_EXTRA_CA_CERTS: authority.path } : {};
      const { exit, checks } = await doctor([], { ...ci, AURA_API_URL, ...trust });
      expect(exit).toBe(1);
      // Nothing else can work: one cause, one line.
      expect(checks).toMatchObject([{ id: 'tls', status: 'fail' }]);
      expect(checks[0]?.text).toMatch(cause);
      expect(checks[0]?.fix).toMatch(fix);
    },
  );

  it('is named by every other command as well', async () => {
    const AURA_API_URL = await authority.serve({ host: 'localhost', selfSigned: true });
    const { exit, err } = await desk.aura(['ls'], { env: { ...ci, AURA_API_URL } });
    expect(exit).toBe(1);
    expect(err).toMatch(
      /self-signed[\s\S]*\(DEPTH_ZERO_SELF_SIGNED_CERT\)[\s\S]*NODE_EXTRA_CA_CERTS/,
    );
  });

  it('passes with a certificate that this machine trusts, and says when to renew it', async () => {
    const proxied = (until: number) =>
      authority.serve({ host: 'localhost', until }, (incoming, outgoing) => {
        forward(desk.server.url, incoming, outgoing).catch(() => outgoing.destroy());
      });
    const env = { ...ci, NODE_EXTRA_CA_CERTS: authority.path };
    const good = await doctor([], { ...env, AURA_API_URL: await proxied(90) });
    expect(good.find('tls')).toMatchObject({ status: 'ok' });
    expect(good.find('tls')?.text).toMatch(/valid for (?:89|90) more days/);
    expect(good.find('removed')).toMatchObject({ status: 'ok' });
    expect(good.exit).toBe(0);
    // The address of the API is checked as well where it is another.
    const soon = { AURA_API_URL: await proxied(5), AURA_CDN_URL: desk.server.url };
    const { exit, find } = await doctor([], { ...env, ...soon });
    expect(find('tls')).toMatchObject({ status: 'ok' });
    expect(find('tls_api')).toMatchObject({ status: 'warn', fix: 'Renew it now.' });
    expect(exit).toBe(0);
  });
});
