import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createFsImport, createFsInventory, createFsObjectStore } from '@auraimage/objects-fs';
import type { S3Location } from '@auraimage/objects-s3/location';
import type { ObjectImport, ObjectInventory, ObjectStore } from '@auraimage/ports';
import { type Config, ConfigError } from '../config/config.js';

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
  close(): Promise<void>;
}

/** A place that objects are put into. */
export interface OpenTarget extends OpenPlace {
  readonly into: ObjectImport;
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

type Settings = Pick<Config, 'dataDir'>;

/**
 * Opens a place to look at it. Makes nothing there.
 *
 * @throws {ConfigError} for a folder that is none of objects
 * @throws {StorageUnavailableError} for a bucket that cannot be used
 */
export async function openPlace(
  place: ObjectPlace,
  keys: BucketKeys | null,
  settings: Settings,
): Promise<OpenPlace> {
  if (place.kind === 'bucket') return openBucket(place, keys, settings, false);
  if (existsSync(join(place.root, 'objects'))) return openFolder(place.root);
  throw new ConfigError(`${place.root} is no folder of images: it has no folder "objects"`);
}

/**
 * Opens a place to put objects there, and makes it where it is missing.
 *
 * @throws {StorageUnavailableError} for a bucket that cannot be used
 */
export async function openTarget(
  place: ObjectPlace,
  keys: BucketKeys | null,
  settings: Settings,
): Promise<OpenTarget> {
  if (place.kind === 'bucket') return openBucket(place, keys, settings, true);
  const into = await createFsImport({ root: place.root });
  return { ...(await openFolder(place.root)), into };
}

async function openFolder(root: string): Promise<OpenPlace> {
  // What uploads left there is not this program's to remove now.
  const objects = await createFsObjectStore({ root, abandonedMs: Number.POSITIVE_INFINITY });
  return { inventory: createFsInventory({ root }), objects, close: async () => {} };
}

async function openBucket(
  place: ObjectPlace & { readonly kind: 'bucket' },
  keys: BucketKeys | null,
  { dataDir }: Settings,
  writing: boolean,
): Promise<OpenTarget> {
  if (keys === null) {
    throw new ConfigError(
      `${nameOfPlace(place)} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  const { openS3Tools } = await import('@auraimage/objects-s3');
  return openS3Tools({
    location: place.location,
    credentials: keys,
    answerMs: place.location.timeoutSeconds * 1000,
    spoolFolder: join(dataDir, 'spool'),
    writing,
  });
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
