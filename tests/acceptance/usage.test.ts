import { beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../harness/control.js';
import { isWorker } from '../harness/program.js';
import { ADMIN } from '../harness/projects.js';
import type { OwnedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import { patchAs, setTo } from './support/serve-visibility.js';

interface Day {
  readonly date: string;
  readonly uploads: number;
  readonly uploadedBytes: number;
  readonly deletes: number;
  readonly reads: {
    readonly ok: number;
    readonly notModified: number;
    readonly refused: {
      readonly missing: number;
      readonly expired: number;
      readonly other: number;
    };
  };
  readonly sentBytes: number;
  readonly encodeSeconds: number;
  readonly cache: { readonly hit: number; readonly miss: number; readonly bypass: number };
  readonly storedBytes: number;
  readonly storedImages: number;
}

interface Usage {
  readonly usedBytes: number;
  readonly images: number;
  readonly days: readonly Day[];
}

interface Named {
  readonly key: string;
  readonly reads: number;
  readonly image: { readonly key: string } | null;
}

interface AuditEntry {
  readonly actor: { readonly kind: string; readonly name: string };
  readonly action: string;
  readonly project: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string;
}

let gallery: Gallery<OwnedServer>;
let owner: Browser;
let project: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  ({ owner } = gallery.server);
  project = `/v1/projects/${gallery.project}`;
});

/** Between two looks at counts, which the Node server writes every two seconds and the Worker every ten. */
const POLL_MS = isWorker() ? 500 : 250;

/** Reads until the expected count appears. */
async function eventually<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let left = 40; ; left--) {
    const value = await read();
    if (isThere(value) || left === 0) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const usage = () => owner.json<Usage>('GET', `${project}/usage?days=2`);
const today = async () => (await usage()).days.at(-1) as Day;

describe('usage', () => {
  it('counts what was uploaded, read, refused, made and deleted today', async () => {
    const before = await eventually(today, ({ uploads }) => uploads === 2);
    const { open, closed, signedUrl, file, server } = gallery;
    const expired = handToken(
      { p: gallery.project, f: closed.key, exp: now() - 1 },
      server.credentials.serveSecret,
    );
    const { headers } = await ask(signedUrl);
    await ask(signedUrl, { headers: { 'If-None-Match': String(headers.etag) } });
    await ask(signedUrl, { headers: { Range: 'bytes=0-9' } });
    await ask(signedUrl, { method: 'HEAD' });
    await ask(closed.url);
    await ask(`${closed.url}?token=${expired}`);
    await ask(`${closed.url}?token=nonsense`);
    await ask(open.url);
    await ask(open.url);
    await ask(`${open.url}?w=20&fmt=png`);
    const { key } = await upload(server, file, 'public');
    await owner.json('DELETE', `/v1/images/${gallery.project}/${key}`);
    const after = await eventually(
      today,
      ({ deletes, reads }) => deletes === 1 && reads.refused.other === 1,
    );
    expect(after.uploads - before.uploads).toBe(1);
    expect(after.uploadedBytes - before.uploadedBytes).toBe(file.length);
    expect(after.reads).toEqual({
      ok: before.reads.ok + 6,
      notModified: before.reads.notModified + 1,
      refused: { missing: 1, expired: 1, other: 1 },
    });
    expect(after.sentBytes - before.sentBytes).toBeGreaterThanOrEqual(3 * file.length + 10);
    expect(after.cache.hit).toBeGreaterThanOrEqual(1);
    expect(after.cache.miss).toBeGreaterThanOrEqual(2);
    expect(after.cache.bypass).toBe(before.cache.bypass + 4);
    expect(after.encodeSeconds).toBeGreaterThan(0);
    const byImage = await owner.json<{ images: readonly Named[] }>(
      'GET',
      `${project}/usage/images`,
    );
    const readsOf = (name: string) => byImage.images.find((one) => one.key === name);
    // One by `Range`, one by HEAD, one unchanged, and one of all.
    expect(readsOf(closed.key)).toMatchObject({ reads: 4, image: { key: closed.key } });
    expect(readsOf(open.key)?.reads).toBeGreaterThanOrEqual(3);
    const { refusals } = await owner.json<{ refusals: readonly { reason: string }[] }>(
      'GET',
      `${project}/usage/refusals`,
    );
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(
      new Set(['missing', 'expired', 'malformed']),
    );
    const whole = await usage();
    expect(whole.days).toHaveLength(2);
    expect(after.storedBytes).toBe(whole.usedBytes);
    expect(after.storedImages).toBe(whole.images);
  });

  it('tells when a secret key was used last', async () => {
    interface Keys {
      readonly secretKeys: readonly { readonly lastUsedAt: string | null }[];
    }
    const { secretKeys } = await eventually(
      () => owner.json<Keys>('GET', `${project}/secret-keys`),
      (keys) => keys.secretKeys[0]?.lastUsedAt !== null,
    );
    const used = Date.parse(secretKeys[0]?.lastUsedAt ?? '');
    expect(used).toBeGreaterThan(Date.now() - 600_000);
    expect(used).toBeLessThanOrEqual(Date.now());
  });
});

describe('the audit log', () => {
  const entries = async () =>
    (await owner.json<{ entries: AuditEntry[] }>('GET', `${project}/audit`)).entries;

  it('has a change to an image as soon as it is answered: who, what, from where', async () => {
    const { server, file } = gallery;
    const { url, aura, credentials } = server;
    const { key } = await upload(server, file, 'private');
    const image = `/v1/images/${gallery.project}/${key}`;
    const common = { project: gallery.project, target: key, address: '127.0.0.1' };

    await aura.setVisibility(key, 'public');
    expect((await entries())[0]).toMatchObject({
      ...common,
      action: 'image.visibility_changed',
      actor: { kind: 'visibility_token', name: 'tests' },
      details: { from: 'private', to: 'public' },
    });
    await patchAs(url, `${gallery.project}/${key}`, credentials.secretKey, setTo('private'));
    expect((await entries())[0]).toMatchObject({
      ...common,
      action: 'image.visibility_changed',
      actor: { kind: 'secret_key', name: 'tests' },
      details: { from: 'public', to: 'private' },
    });
    await owner.json('POST', `${image}/revoke-links`);
    expect((await entries())[0]).toMatchObject({
      ...common,
      action: 'image.links_revoked',
      actor: { kind: 'session', name: ADMIN.email },
    });
    await owner.json('DELETE', image);
    expect((await entries())[0]).toMatchObject({
      ...common,
      action: 'image.deleted',
      actor: { kind: 'session', name: ADMIN.email },
    });
  });

  it('has nothing of what was no change or was refused', async () => {
    const before = await entries();
    await gallery.server.aura.setVisibility(gallery.closed.key, 'private');
    await owner.send('PATCH', `/v1/images/${gallery.project}/zzzzzzzzzz-none.jpg`, {
      visibility: 'public',
    });
    await ask(`${gallery.server.url}/v1/images/${gallery.project}/${gallery.closed.key}`, {
      method: 'DELETE',
    });
    expect(await entries()).toEqual(before);
  });
});

describe('a rotation of the serve secret', () => {
  interface ServeSecret {
    readonly secret: string;
    readonly previous: null | {
      readonly endsAt: string;
      readonly readsLast24Hours: number;
      readonly lastReadAt: string | null;
    };
  }
  const secret = () => owner.json<ServeSecret>('GET', `${project}/serve-secret`);

  it('reports the reads with the previous secret, and ends its grace period on request', async () => {
    const { signedUrl, closed } = gallery;
    const rotated = await owner.json<ServeSecret>('POST', `${project}/serve-secret/rotate`, {
      graceSeconds: 3600,
    });
    expect(rotated.previous).toMatchObject({ readsLast24Hours: 0, lastReadAt: null });
    expect(rotated.secret).not.toBe(gallery.server.credentials.serveSecret);

    const claims = { p: gallery.project, f: closed.key, exp: now() + 600, iat: now() };
    const fresh = `${closed.url}?token=${handToken(claims, rotated.secret)}`;
    const started = Date.now();
    for (const link of [signedUrl, signedUrl, fresh, signedUrl]) {
      expect((await ask(link)).status).toBe(200);
    }
    const { previous } = await eventually(
      secret,
      (seen) => (seen.previous?.readsLast24Hours ?? 0) >= 3,
    );
    expect(previous?.readsLast24Hours).toBe(3);
    const lastRead = Date.parse(previous?.lastReadAt ?? '');
    expect(lastRead).toBeGreaterThanOrEqual(Math.floor(started / 60_000) * 60_000);

    const ended = await owner.json<ServeSecret>('POST', `${project}/serve-secret/end-grace`);
    expect(ended).toEqual({ secret: rotated.secret, previous: null });
    expect((await ask(signedUrl)).status).toBe(403);
    expect((await ask(fresh)).status).toBe(200);
  });
});
