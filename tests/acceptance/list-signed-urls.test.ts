import { beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type Browser, deviceToken } from '../harness/control.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';

const HOUR = 3600;
/** Within this window, a signed URL stays the same. */
const WINDOW = 900;

interface Listed {
  readonly key: string;
  readonly signedUrl: string | null;
  readonly signedUrlExpiresAt: string | null;
}

let server: SharedServer;
let project: string;
let owner: Browser;
let privateKey: string;
let publicKey: string;

beforeAll(async () => {
  ({ owner, ...server } = await sharedServer());
  project = server.credentials.projectName;
  const file = await drawing(40, 30).png().toBuffer();
  privateKey = (await upload(server, file, 'private', 'secret.png')).key;
  publicKey = (await upload(server, file, 'public', 'open.png')).key;
});

const path = () => `/v1/projects/${project}/images`;
const status = async (url: string | null | undefined) => (await fetch(url ?? '')).status;

async function listed(headers?: Readonly<Record<string, string>>): Promise<Map<string, Listed>> {
  const response = headers
    ? await fetch(`${server.appUrl}${path()}`, { headers })
    : await owner.send('GET', path());
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const { images } = (await response.json()) as { images: Listed[] };
  return new Map(images.map((image) => [image.key, image]));
}

const facts = (key: string) => owner.json<Listed>('GET', `/v1/images/${project}/${key}`);

describe('the owner of a project', () => {
  it('gets an address of each private image that opens it, for an hour at least', async () => {
    const before = Date.now();
    for (const image of [(await listed()).get(privateKey), await facts(privateKey)]) {
      expect(await status(image?.signedUrl)).toBe(200);
      expect(await status(`${image?.signedUrl}&w=20`)).toBe(200);
      const expires = Date.parse(image?.signedUrlExpiresAt ?? '');
      expect(expires - before).toBeGreaterThanOrEqual((HOUR - 1) * 1000);
      expect(expires - Date.now()).toBeLessThanOrEqual((HOUR + WINDOW) * 1000);
      const { exp } = claimsOf(image?.signedUrl);
      expect(exp).toBe(expires / 1000);
    }
  });

  it('gets none for a public image', async () => {
    const none = { signedUrl: null, signedUrlExpiresAt: null };
    expect((await listed()).get(publicKey)).toMatchObject(none);
    expect(await facts(publicKey)).toMatchObject(none);
  });

  it('gets the same address for a while, so that browsers find the image in their cache', async () => {
    const urls = [];
    // A new window may start between two of the three requests, but not twice.
    for (let n = 0; n < 3; n += 1) urls.push((await facts(privateKey)).signedUrl);
    expect(new Set(urls).size).toBeLessThanOrEqual(2);
  });

  it('gets one that works at once after links were revoked or the secret was rotated', async () => {
    for (const [path, body] of [
      [`/v1/images/${project}/${privateKey}/revoke-links`, undefined],
      [`/v1/projects/${project}/serve-secret/rotate`, { graceSeconds: 0 }],
    ] as const) {
      const { signedUrl: before } = await facts(privateKey);
      await owner.json('POST', path, body);
      expect(await status(before), path).toBe(403);
      const { signedUrl: after } = await facts(privateKey);
      expect(await status(after), path).toBe(200);
      expect(await status((await listed()).get(privateKey)?.signedUrl), path).toBe(200);
    }
  });
});

describe('other credentials', () => {
  it('of the command line get the addresses, too', async () => {
    const token = await deviceToken(server, owner);
    const images = await listed({ Authorization: `Bearer ${token}` });
    expect(await status(images.get(privateKey)?.signedUrl)).toBe(200);
  });

  it('that are a secret key get none: it cannot read private images', async () => {
    const headers = { Authorization: `Bearer ${server.credentials.secretKey}` };
    const none = { signedUrl: null, signedUrlExpiresAt: null };
    expect((await listed(headers)).get(privateKey)).toMatchObject(none);
    const url = `${server.appUrl}/v1/images/${project}/${privateKey}`;
    expect(await (await fetch(url, { headers })).json()).toMatchObject(none);
  });
});

function claimsOf(url: string | null | undefined): { readonly exp: number } {
  const token = new URL(url ?? '').searchParams.get('token') ?? '';
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
