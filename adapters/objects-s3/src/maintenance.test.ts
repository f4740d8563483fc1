import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectImport, describeObjectInventory } from '@auraimage/ports/contracts';
import { expect, inject, it } from 'vitest';
import { readStored } from './answers.js';
import { createS3Client, type S3Client } from './client.js';
import { lookAt } from './get.js';
import { parseS3Location } from './location.js';
import { objectKey } from './objects.js';
import { payloadOf } from './payload.js';
import { objectFields } from './put-source.js';
import { openS3Stores } from './stores.js';
import { keysOf } from './testing/bucket.js';
import { openS3Tools, type S3Tools } from './tools.js';

const { endpoint, ...credentials } = inject('s3');

/** A new prefix in the real store, opened by every factory. */
async function openPlace() {
  const location = parseS3Location(
    `s3://maintenance/${randomUUID()}?endpoint=${endpoint}&create=true`,
  );
  const spoolFolder = await mkdtemp(join(tmpdir(), 'aura-spool-'));
  const options = { location, credentials, answerMs: 20_000, spoolFolder };
  const onAway = (problem: unknown) => {
    throw problem;
  };
  const tools = await openS3Tools({ ...options, writing: true });
  const stores = await openS3Stores({ ...options, onAway });
  const client = createS3Client(options);
  return {
    tools,
    stores,
    client,
    spoolFolder,
    countAll: async () => (await readdir(spoolFolder)).length + (await keysOf(client)).length,
    async close() {
      await Promise.all([tools.close(), stores.close(), client.close()]);
      await rm(spoolFolder, { recursive: true });
    },
  };
}

describeObjectInventory('a bucket', async () => {
  const { tools, stores, close } = await openPlace();
  return { store: stores.objects, inventory: tools.inventory, close };
});

describeObjectImport('a bucket', async () => {
  const { tools, stores, client, countAll, close } = await openPlace();
  return {
    into: tools.into,
    store: stores.objects,
    countAll,
    async damage(id) {
      const key = objectKey(id);
      const noted = await lookAt(client, key);
      const payload = payloadOf('x'.repeat(noted?.total ?? 0));
      const headers = objectFields(noted?.sha256 ?? '');
      await client.send({ method: 'PUT', key, payload, headers }, readStored);
    },
    close,
  };
});

it('lists an unfinished multipart upload, and aborts it', async () => {
  const { tools, client, close } = await openPlace();
  try {
    const key = objectKey('0123456789abcdef0123456789abcdef');
    for (let i = 0; i < 2; i++) await beginUpload(client, key);
    const uploads = await abandonedIn(tools);
    expect(uploads.map(({ name }) => name)).toEqual(
      Array.from({ length: 2 }, () => `unfinished multipart upload ${key}`),
    );
    for (const upload of uploads) await upload.remove();
    for (const upload of uploads) await upload.remove();
    expect(await abandonedIn(tools)).toEqual([]);
  } finally {
    await close();
  }
});

function beginUpload(client: S3Client, key: string): Promise<void> {
  return client.send({ method: 'POST', key, query: { uploads: '' } }, ({ body }) => body.dump());
}

async function abandonedIn({ inventory }: S3Tools) {
  const found = [];
  for await (const page of inventory.abandonedUploads()) found.push(...page);
  return found;
}

it('reports that the folder of unfinished files cannot be read, and does not take it for empty', async () => {
  const { tools, spoolFolder, close } = await openPlace();
  const first = async () => {
    for await (const page of tools.inventory.abandonedUploads()) return page;
    return undefined;
  };
  try {
    await rm(spoolFolder, { recursive: true });
    expect(await first()).toEqual([]);
    await writeFile(spoolFolder, 'a file where a folder was');
    await expect(first()).rejects.toMatchObject({ code: 'ENOTDIR' });
  } finally {
    await close();
  }
});
