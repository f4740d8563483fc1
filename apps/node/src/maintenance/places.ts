import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectImport, ObjectInventory, ObjectStore } from '@auraimage/edge';
import { createFsImport, createFsInventory, createFsObjectStore } from '@auraimage/objects-fs';
import { openS3Tools, type S3Location } from '@auraimage/objects-s3';
import { type Config, ConfigError } from '../config.js';

/** Where objects lie. */
export type ObjectPlace =
  | { readonly kind: 'folder'; readonly root: string }
  | { readonly kind: 'bucket'; readonly location: S3Location };

/** Keys for a bucket. */
export interface BucketKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A place of objects, opened for maintenance. */
export interface OpenPlace {
  readonly inventory: ObjectInventory;
  readonly objects: Pick<ObjectStore, 'read'>;
  /** Only of one that was opened for writing. */
  readonly into: ObjectImport | null;
  close(): Promise<void>;
}

/** The place that the server's settings name. */
export function configuredPlace({ storage, dataDir }: Config): ObjectPlace {
  return storage === undefined
    ? { kind: 'folder', root: join(dataDir, 'store') }
    : { kind: 'bucket', location: storage };
}

/** What a place is called in messages. Holds no secret. */
export function nameOfPlace(place: ObjectPlace): string {
  if (place.kind === 'folder') return `folder:${place.root}`;
  const { bucket, prefix } = place.location;
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '');
}

/**
 * Opens a place.
 *
 * @param writing whether objects are to be put there: only then is anything made that is missing
 * @throws {ConfigError} for a folder that is none of objects
 * @throws {StorageUnavailableError} for a bucket that cannot be used
 */
export async function openPlace(
  place: ObjectPlace,
  keys: BucketKeys | null,
  { dataDir, storageSeconds }: Pick<Config, 'dataDir' | 'storageSeconds'>,
  writing: boolean,
): Promise<OpenPlace> {
  if (place.kind === 'folder') return openFolder(place.root, writing);
  if (keys === null) {
    throw new ConfigError(
      `${nameOfPlace(place)} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  return openS3Tools({
    location: place.location,
    credentials: keys,
    answerMs: storageSeconds * 1000,
    spoolFolder: join(dataDir, 'spool'),
    writing,
  });
}

async function openFolder(root: string, writing: boolean): Promise<OpenPlace> {
  if (!writing && !existsSync(join(root, 'objects'))) {
    throw new ConfigError(`${root} is no folder of images: it has no folder "objects"`);
  }
  const into = writing ? await createFsImport({ root }) : null;
  const objects = await createFsObjectStore({ root, leftoverMs: Number.POSITIVE_INFINITY });
  return { inventory: createFsInventory({ root }), objects, into, close: async () => {} };
}

/** The keys of the settings, if there are any. */
export function configuredKeys(config: Config): BucketKeys | null {
  const { accessKeyId, secretAccessKey, sessionToken } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  };
}
