import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload } from '../harness/upload.js';
import { TOKEN_INVALID, TOKEN_MISSING } from './support/serve-gallery.js';
import { ask, json, type Reply } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import { sign, uploadClaims } from './support/upload-tokens.js';

/**
 * A data folder of commit 5f4c36e, before images could have names: a public image (flipped there and back), a private
 * one, and a private one whose links were revoked.
 */
const ARCHIVE = fileURLToPath(
  new URL('../files/assets/data-folder-2026-11-29.tar.gz', import.meta.url),
);
const CREDENTIALS = {
  secretKey: 'sk_live_DQEqA1rE15HEqan8-UngJMAxo48W5W6EXlomM64H1JU',
  serveSecret: 'psk_live_yV6UuEXtozQO4OmOwDX5OaLWnEFVIPjVNfcPuAbdvIY',
  projectName: 'my-app',
  cdnUrl: '',
};
const KEYS = {
  open: 'xpxdh7qnje-open-photo.png',
  closed: 'hstdg4eclr-closed-photo.png',
  revoked: 'somikykzt0-revoked-photo.png',
};

let server: TestServer;
beforeAll(async () => {
  const dataDir = await temporaryFolder();
  execFileSync('tar', ['-xzf', ARCHIVE, '-C', dataDir]);
  server = await startTestServer({ dataDir, credentials: CREDENTIALS });
});
afterAll(() => server?.kill());

const read = (path: string): Promise<Reply> => ask(`${server.url}/my-app/${path}`);
const token = (f: string, claims = {}) =>
  handToken({ p: 'my-app', f, exp: now() + 60, ...claims }, CREDENTIALS.serveSecret);

describe('a data folder of an earlier version', () => {
  it('keeps every address, with what may be read there', async () => {
    const open = await read(KEYS.open);
    expect([open.status, open.headers['content-type']]).toEqual([200, 'image/png']);
    expect((await read(`${KEYS.open}?w=20&fmt=webp`)).status).toBe(200);
    expect((await read(KEYS.closed)).body.toString()).toBe(TOKEN_MISSING);
    expect((await read(`${KEYS.closed}?token=${token(KEYS.closed)}`)).status).toBe(200);
  });

  it('keeps revocations', async () => {
    const old = await read(`${KEYS.revoked}?token=${token(KEYS.revoked)}`);
    expect(old.body.toString()).toBe(TOKEN_INVALID);
    const fresh = await read(`${KEYS.revoked}?token=${token(KEYS.revoked, { iat: now() })}`);
    expect(fresh.status).toBe(200);
  });

  it('lists and finds its images beside new ones', async () => {
    const claims = uploadClaims(CREDENTIALS, { name: 'new/one', metadata: { a: 'b' } });
    const create = { width: 8, height: 8, channels: 3, background: 'red' } as const;
    const file = await sharp({ create }).png().toBuffer();
    const stored = await postUpload(server.url, sign(claims, CREDENTIALS.secretKey), file);
    expect(stored.status).toBe(201);
    const list = async (query: string) => {
      const url = `${server.url}/v1/projects/my-app/images?${query}`;
      const reply = await ask(url, {
        headers: { Authorization: `Bearer ${CREDENTIALS.secretKey}` },
      });
      const page = json(reply) as { images: { key: string; filename: string | null }[] };
      return page.images.map(({ key, filename }) => [key, filename]);
    };
    expect(await list('q=closed-photo')).toEqual([[KEYS.closed, null]]);
    expect(await list('')).toEqual([
      ['new/one', 'photo.jpg'],
      [KEYS.revoked, null],
      [KEYS.closed, null],
      [KEYS.open, null],
      [expect.stringMatching(/^[a-z0-9]{10}-northern-lights\.jpg$/), null],
    ]);
    expect(await list('prefix=new/&delimiter=/')).toEqual([['new/one', 'photo.jpg']]);
  });
});
