import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createFsImport, createFsInventory, createFsObjectStore } from '@auraimage/objects-fs';
import type { S3Location } from '@auraimage/objects-s3/location';
import type { ObjectImport, ObjectInventory, ObjectStore } from '@auraimage/ports';
import { type Config, ConfigError } from '../config/config.js';

/** A place where objects are stored. */
export type ObjectPlace =
  | { readonly kind: 'folder'; readonly root: string }
  | { readonly kind: 'bucket'; readonly location: S3Location };

/** Credentials of a bucket. */
export interface BucketKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A place of objects that is open for maintenance. */
export interface OpenPlace {
  readonly inventory: ObjectInventory;
  readonly objects: Pick<ObjectStore, 'read'>;
  close(): Promise<void>;
}

/** A place that objects are copied to. */
export interface OpenTarget extends OpenPlace {
  readonly into: ObjectImport;
}

/** The place of the server's settings. */
export function configuredPlace({ storage, dataDir }: Config): ObjectPlace {
  return storage === undefined
    ? { kind: 'folder', root: join(dataDir, 'store') }
    : { kind: 'bucket', location: storage };
}

/** The name of a place in messages, without secrets. */
export function nameOfPlace(place: ObjectPlace): string {
  if (place.kind === 'folder') return `folder:${place.root}`;
  const { bucket, prefix } = place.location;
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '');
}

type Settings = Pick<Config, 'dataDir'>;

/**
 * Opens a place for reading. Creates nothing.
 *
 * @throws {ConfigError} if the folder is not an object store
 * @throws {StorageUnavailableError} for a bucket that cannot be used
 */
export async function openPlace(
  place: ObjectPlace,
  keys: BucketKeys | null,
  settings: Settings,
): Promise<OpenPlace> {
  if (place.kind === 'bucket') return openBucket(place, keys, settings, false);
  if (existsSync(join(place.root, 'objects'))) return openFolder(place.root);
  throw new ConfigError(`${place.root} is not an object store: it has no folder "objects"`);
}

/**
 * Opens a place for writing, and creates it if it does not exist.
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
  // A server may be using the folder: do not remove its temporary files.
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

/** The credentials of the settings, if they are set. */
export function configuredKeys(config: Config): BucketKeys | null {
  const { accessKeyId, secretAccessKey, sessionToken } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  };
}
