import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { drawing } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { temporaryFolder } from '../harness/server.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { runAura } from './support/cli.js';
import { runCommand } from './support/upload-command.js';

interface Receipt {
  readonly header: { readonly alg: string; readonly kid: string; readonly typ: string };
  readonly claims: object;
  readonly text: string;
}

let server: SharedServer;
let file: Buffer;
let folder: string;
beforeAll(async () => {
  [server, file, folder] = await Promise.all([
    sharedServer(),
    drawing(40, 30).png().toBuffer(),
    temporaryFolder(),
  ]);
});
afterAll(() => removeFolder(folder));

const partOf = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

async function uploadFile(options: object = {}): Promise<Uploaded> {
  const response = await postUpload(server.url, await server.aura.signUpload(options), file);
  expect(response.status).toBe(201);
  return (await response.json()) as Uploaded;
}

const publishedKeys = async () => {
  const response = await fetch(`${server.url}/.well-known/aura-keys.json`);
  return ((await response.json()) as { readonly keys: (JsonWebKey & { kid: string })[] }).keys;
};

/** A receipt whose signature is right, by the words of the specifications and not by our code. */
async function read(receipt: string): Promise<Receipt> {
  const [header, payload, signature = ''] = receipt.split('.');
  const { kid } = partOf(header);
  const jwk = (await publishedKeys()).find((key) => key.kid === kid);
  if (jwk === undefined) throw new Error(`no key ${kid}`);
  const signed = Buffer.from(`${header}.${payload}`);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  return { header: partOf(header), claims: partOf(payload), text: receipt };
}

const rotate = (...args: string[]) =>
  runCommand(['rotate-receipt-key', ...args], {
    AURA_DATA_DIR: server.dataDir,
    AURA_PUBLIC_URL: server.url,
  });

describe('the receipt of an upload', () => {
  it('names server, image, bytes and time, and is signed with a published key', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { receipt, key } = await uploadFile({ name: 'users/42/a', visibility: 'private' });
    const { header, claims } = await read(receipt);
    expect(header).toMatchObject({ alg: 'EdDSA', typ: 'aura-receipt+jwt' });
    expect(claims).toEqual({
      iss: server.credentials.cdnUrl,
      iat: expect.any(Number),
      project: server.credentials.projectName,
      key,
      sha256: createHash('sha256').update(file).digest('hex'),
      size: file.length,
    });
    const { iat } = claims as { readonly iat: number };
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
  });

  // A command of the server rotates.
  if (!differs('commands'))
    it('stays valid after a rotation, which a running server follows at once', async () => {
      const before = await read((await uploadFile()).receipt);
      const { code, stdout } = await rotate();
      const after = await read((await uploadFile()).receipt);
      expect(after.header.kid).not.toBe(before.header.kid);
      expect([code, stdout]).toEqual([0, expect.stringContaining(after.header.kid)]);
      expect(await read(before.text)).toEqual(before);
      expect((await publishedKeys()).map(({ kid }) => kid).slice(0, 2)).toEqual([
        after.header.kid,
        before.header.kid,
      ]);
    });

  if (!differs('commands'))
    it('is no longer valid after a rotation that revokes earlier keys', async () => {
      const { receipt } = await uploadFile();
      expect((await rotate('--revoke-earlier')).code).toBe(0);
      await expect(read(receipt)).rejects.toThrow('no key');
      expect(await publishedKeys()).toHaveLength(1);
    });

  it('is verified by aura, as one of that server alone', async () => {
    await writeFile(join(folder, 'photo.png'), file);
    await writeFile(join(folder, 'receipt.json'), JSON.stringify(await uploadFile()));
    const aura = (url: string) =>
      runAura(['verify', 'receipt.json', 'photo.png', '--issuer', url], folder, { HOME: folder });
    expect(await aura(server.url)).toMatchObject({ exit: 0, err: '' });
    expect(await aura('https://images.example')).toMatchObject({ exit: 1, out: '' });
  });
});
