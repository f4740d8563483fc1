import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBody } from './body.js';
import { createS3Client, type S3Client } from './client.js';
import { parseS3Location } from './location.js';
import { createPutFile } from './put.js';
import type { PutSource } from './put-source.js';
import { keysOf, openBucket } from './testing/bucket.js';
import { startFake } from './testing/fake-store.js';

/** The smallest part that a real store accepts. */
const PART_BYTES = 5 * 1024 * 1024;

let client: S3Client;
let folder: string;

beforeAll(async () => {
  client = await openBucket();
  folder = await mkdtemp(join(tmpdir(), 'aura-put-'));
});
afterAll(async () => {
  await client?.close();
  await rm(folder, { recursive: true });
});

async function makeFile(size: number): Promise<PutSource & { readonly bytes: Buffer }> {
  const bytes = randomBytes(size);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, sha256);
  await writeFile(path, bytes);
  return { path, size, sha256, bytes };
}

async function readAll(key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await openBody(client, key))?.stream() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each([
  ['in one request', 1000],
  ['in parts', 4 * PART_BYTES + 1],
])('a file that is put %s', (_, size) => {
  it('is stored unchanged', async () => {
    const file = await makeFile(size);
    await createPutFile(client, PART_BYTES)(`objects/new-${size}`, file);
    expect((await readAll(`objects/new-${size}`)).equals(file.bytes)).toBe(true);
  });

  it('may be put again', async () => {
    const file = await makeFile(size);
    const put = createPutFile(client, PART_BYTES);
    await put(`objects/again-${size}`, file);
    await put(`objects/again-${size}`, file);
    expect((await readAll(`objects/again-${size}`)).equals(file.bytes)).toBe(true);
  });
});

describe('an object', () => {
  it('is never overwritten', async () => {
    const put = createPutFile(client, PART_BYTES);
    const first = await makeFile(1000);
    await put('objects/taken', first);
    const others = [await makeFile(1000), await makeFile(999)];
    for (const other of others) await expect(put('objects/taken', other)).rejects.toThrow('412');
    expect((await readAll('objects/taken')).equals(first.bytes)).toBe(true);
  });

  it('is not created from a file that has changed since its SHA-256 was computed', async () => {
    const file = await makeFile(1000);
    await writeFile(file.path, randomBytes(1000));
    await expect(createPutFile(client, PART_BYTES)('objects/changed', file)).rejects.toThrow();
    expect(await keysOf(client, 'objects/changed')).toEqual([]);
  });
});

it('a store that does not support conditions gets none, in concurrent uploads', async () => {
  const conditions: (string | undefined)[] = [];
  const fake = await startFake((incoming, outgoing) => {
    const condition = incoming.headers['if-none-match'];
    conditions.push(condition);
    incoming.resume().on('end', () => {
      outgoing.writeHead(condition === undefined ? 200 : 501, { ETag: '"0"' });
      outgoing.end();
    });
  });
  const plain = createS3Client({
    location: parseS3Location(`s3://pictures?endpoint=${fake.endpoint}`),
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    answerMs: 5000,
  });
  const put = createPutFile(plain, PART_BYTES);
  const file = await makeFile(1000);
  await Promise.all(Array.from({ length: 5 }, (_, n) => put(`objects/${n}`, file)));
  await put('objects/later', file);
  expect(conditions.filter((condition) => condition === undefined)).toHaveLength(6);
  expect(conditions.at(-1)).toBeUndefined();
  await plain.close();
  await fake.stop();
});
