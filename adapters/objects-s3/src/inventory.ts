import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AbandonedUpload,
  isObjectId,
  type ObjectInventory,
  type StoredObject,
} from '@auraimage/ports';
import { readText } from './answers.js';
import type { S3Client } from './client.js';
import { hasCode } from './failure.js';
import { lookAt } from './get.js';
import { listObjects, objectKey, removeObject } from './objects.js';
import { orUnavailable } from './problem.js';
import { listOf, readXml, textOf } from './xml.js';

const OBJECTS = objectKey('');
/** What a Worker is receiving (`objects-r2`), if the bucket is one of R2. */
const DRAFTS = 'drafts/';
const ABANDONED = [
  { prefix: DRAFTS, kind: 'unfinished upload' },
  { prefix: 'ping/', kind: 'write probe' },
];

/** Lists and removes objects and abandoned uploads of a bucket, and files of the local spool folder. */
export function createS3Inventory(client: S3Client, spoolFolder: string): ObjectInventory {
  return {
    objects: (prefix = '') => orUnavailablePages(objectPages(client, prefix)),
    abandonedUploads: () => orUnavailablePages(abandonedPages(client, spoolFolder)),
    async has(id) {
      return isObjectId(id) && (await orUnavailable(lookAt(client, objectKey(id)))) !== null;
    },
    async removeObject(id) {
      if (isObjectId(id)) await orUnavailable(removeObject(client, objectKey(id)));
    },
  };
}

async function* objectPages(
  client: S3Client,
  idPrefix: string,
): AsyncGenerator<readonly StoredObject[]> {
  for await (const page of listObjects(client, objectKey(idPrefix))) {
    yield page
      .map(({ key, ...facts }) => ({ id: key.slice(OBJECTS.length), ...facts }))
      .filter(({ id }) => isObjectId(id));
  }
}

async function* abandonedPages(
  client: S3Client,
  spoolFolder: string,
): AsyncGenerator<readonly AbandonedUpload[]> {
  yield await spooledFiles(spoolFolder);
  for (const { prefix, kind } of ABANDONED) {
    for await (const page of listObjects(client, prefix)) {
      yield page.map(({ key, ...facts }) => ({
        ...facts,
        name: `${kind} ${key}`,
        remove: () => orUnavailable(removeObject(client, key)),
      }));
    }
  }
  for (const prefix of [DRAFTS, OBJECTS]) yield* openUploads(client, prefix);
}

/** Not paged, because there are few: concurrent uploads, and files of crashes. */
async function spooledFiles(folder: string): Promise<AbandonedUpload[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.sort().map(async (name) => {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats === null || !stats.isFile()) return null;
    const remove = () => rm(path, { force: true });
    return { name: `unfinished file ${path}`, size: stats.size, modifiedAt: stats.mtimeMs, remove };
  });
  return (await Promise.all(files)).filter((file) => file !== null);
}

/** Multipart uploads that were neither completed nor aborted. Their parts cost money. */
async function* openUploads(
  client: S3Client,
  keyPrefix: string,
): AsyncGenerator<readonly AbandonedUpload[]> {
  const { prefix } = client.location;
  let marker: Readonly<Record<string, string>> = {};
  for (;;) {
    const page = await listUploads(client, `${prefix}${keyPrefix}`, marker);
    yield listOf(page, 'Upload').map((upload) => {
      const key = textOf(upload, 'Key').slice(prefix.length);
      const uploadId = textOf(upload, 'UploadId');
      return {
        name: `unfinished multipart upload ${key}`,
        size: 0,
        modifiedAt: Date.parse(textOf(upload, 'Initiated')) || Date.now(),
        remove: () => orUnavailable(abortUpload(client, key, uploadId)),
      };
    });
    if (textOf(page, 'IsTruncated') !== 'true') return;
    marker = {
      'key-marker': textOf(page, 'NextKeyMarker'),
      'upload-id-marker': textOf(page, 'NextUploadIdMarker'),
    };
  }
}

async function listUploads(
  client: S3Client,
  prefix: string,
  marker: Readonly<Record<string, string>>,
) {
  const query = { ...marker, 'max-uploads': '1000', prefix, uploads: '' };
  try {
    return await client.send({ method: 'GET', query }, async ({ body }) =>
      readXml(await readText(body), 'ListMultipartUploadsResult'),
    );
  } catch (error) {
    if (hasCode(error, 'NotImplemented')) return {}; // then none can be listed
    throw error;
  }
}

async function abortUpload(client: S3Client, key: string, uploadId: string): Promise<void> {
  try {
    await client.send({ method: 'DELETE', key, query: { uploadId } }, ({ body }) => body.dump());
  } catch (error) {
    if (!hasCode(error, 'NoSuchUpload')) throw error;
  }
}

async function* orUnavailablePages<T>(pages: AsyncIterator<T>): AsyncGenerator<T> {
  for (;;) {
    const { value, done } = await orUnavailable(pages.next());
    if (done) return;
    yield value;
  }
}
