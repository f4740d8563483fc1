import { readText } from './answers.js';
import type { S3Client, SendOptions } from './client.js';
import { hasCode } from './failure.js';
import { listOf, readXml, textOf } from './xml.js';

const PAGE = 1000;

export interface ListedObject {
  /** Without the location's prefix. */
  readonly key: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

export function objectKey(id: string): string {
  return `objects/${id}`;
}

/** Idempotent. */
export async function removeObject(
  client: S3Client,
  key: string,
  options: SendOptions = {},
): Promise<void> {
  try {
    await client.send({ method: 'DELETE', key }, ({ body }) => body.dump(), options);
  } catch (error) {
    if (!hasCode(error, 'NoSuchKey')) throw error;
  }
}

/** Every object whose key has the prefix, in pages. */
export async function* listObjects(
  client: S3Client,
  keyPrefix: string,
  options: SendOptions = {},
): AsyncGenerator<readonly ListedObject[], void, undefined> {
  const { prefix } = client.location;
  let token = '';
  do {
    const page = await listPage(client, `${prefix}${keyPrefix}`, token, options);
    yield listOf(page, 'Contents')
      .map((entry) => ({
        key: textOf(entry, 'Key').slice(prefix.length),
        size: Number(textOf(entry, 'Size')),
        modifiedAt: Date.parse(textOf(entry, 'LastModified')) || 0,
      }))
      .filter(({ key }) => key.startsWith(keyPrefix));
    token = textOf(page, 'NextContinuationToken');
  } while (token !== '');
}

function listPage(client: S3Client, prefix: string, token: string, options: SendOptions) {
  const query = {
    ...(token !== '' && { 'continuation-token': token }),
    'list-type': '2',
    'max-keys': String(PAGE),
    prefix,
  };
  return client.send(
    { method: 'GET', query },
    async ({ body }) => readXml(await readText(body), 'ListBucketResult'),
    options,
  );
}
