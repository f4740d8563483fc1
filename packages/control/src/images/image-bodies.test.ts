import type { ImageRecord, Project, SecretKey } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { verifyServeToken } from '@auraimage/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { Caller, ProjectGrant } from '../auth/access.js';
import type { ControlPorts } from '../ports.js';
import { createImageBodies } from './image-bodies.js';

const SECRET = 'psk_live_x';
/** The start of a window of 15 minutes, in Unix seconds. */
const WINDOW = 1_899_999_900;
const PRIVATE: ImageRecord = {
  ...row(newImage('my-app', 1, { key: 'abc123xyz0-photo.jpg' })),
  visibility: 'private',
};

const project = { id: 'p', name: 'my-app' } as Project;
const user: Pick<ProjectGrant, 'principal' | 'project'> = {
  principal: { kind: 'session' } as Caller,
  project,
};

function start({ second = WINDOW, secret = SECRET as string | null } = {}) {
  const serveSecrets = vi.fn(async () => secret && { current: secret, previous: null });
  const ports = { registry: { serveSecrets }, clock: { now: () => second * 1000 + 250 } };
  const bodies = createImageBodies(ports as unknown as ControlPorts, 'https://cdn.example');
  return { bodies, serveSecrets };
}

const verify = (url: string | null, now: number) => {
  const token = new URL(url ?? '').searchParams.get('token') ?? '';
  return verifyServeToken(token, { p: 'my-app', f: PRIVATE.key }, [SECRET], now);
};

describe('the body of a private image', () => {
  it('has a URL that works from now until it expires, at least an hour later', async () => {
    for (const second of [WINDOW, WINDOW + 450, WINDOW + 899]) {
      const { signedUrl, signedUrlExpiresAt } = await start({ second }).bodies(user)(PRIVATE);
      const expires = Date.parse(signedUrlExpiresAt ?? '') / 1000;
      expect(expires - second).toBeGreaterThanOrEqual(3600);
      expect(expires - second).toBeLessThanOrEqual(4500);
      expect(await verify(signedUrl, second)).toMatchObject({ ok: true });
      expect(await verify(signedUrl, expires)).toMatchObject({ ok: true });
      expect(await verify(signedUrl, expires + 1)).toMatchObject({ ok: false, reason: 'expired' });
    }
  });

  it('keeps its URL within a window', async () => {
    const at = async (second: number) => (await start({ second }).bodies(user)(PRIVATE)).signedUrl;
    expect(await at(WINDOW + 899)).toBe(await at(WINDOW));
    expect(await at(WINDOW + 900)).not.toBe(await at(WINDOW));
  });

  it('has a URL that was issued after links were revoked, also within the window', async () => {
    const linksRevokedAt = WINDOW + 100;
    const { bodies } = start({ second: WINDOW + 100 });
    const { signedUrl } = await bodies(user)({ ...PRIVATE, linksRevokedAt });
    const verdict = await verify(signedUrl, WINDOW + 100);
    expect(verdict).toMatchObject({ ok: true, claims: { iat: linksRevokedAt } });
  });
});

it('a public image has a signed URL where the project allows nothing but presets', async () => {
  const limited = { ...project, unsignedTransforms: 'presets' as const };
  const body = start().bodies({ ...user, project: limited });
  const { signedUrl } = await body({ ...PRIVATE, visibility: 'public' });
  expect(await verify(signedUrl, WINDOW)).toMatchObject({ ok: true });
});

describe('no URL', () => {
  const none = { signedUrl: null, signedUrlExpiresAt: null };

  it('is signed for a secret key, or for a public image', async () => {
    const { bodies, serveSecrets } = start();
    const principal = { kind: 'secret_key' as const, key: {} as SecretKey, secret: 'sk_live_x' };
    expect(await bodies({ principal, project })(PRIVATE)).toMatchObject(none);
    expect(await bodies(user)({ ...PRIVATE, visibility: 'public' })).toMatchObject(none);
    expect(serveSecrets).not.toHaveBeenCalled();
  });

  it('is signed if the project was deleted meanwhile', async () => {
    expect(await start({ secret: null }).bodies(user)(PRIVATE)).toMatchObject(none);
  });
});

it('the secret is read once per list', async () => {
  const { bodies, serveSecrets } = start();
  await Promise.all([PRIVATE, PRIVATE, PRIVATE].map(bodies(user)));
  expect(serveSecrets).toHaveBeenCalledExactlyOnceWith('p');
});
