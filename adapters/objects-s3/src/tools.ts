import type { ObjectImport, ObjectInventory, ObjectStore } from '@auraimage/ports';
import { createS3Client, type S3ClientOptions } from './client.js';
import { getObject } from './get.js';
import { createS3Import } from './import.js';
import { createS3Inventory } from './inventory.js';
import { createPing } from './ping.js';
import { orUnavailable } from './problem.js';
import { prepareSpool } from './spool.js';
import { createS3ObjectStore } from './store.js';
import { PART_BYTES } from './stores.js';

export interface S3ToolsOptions extends S3ClientOptions {
  /** Local folder for objects before they are in the bucket, the server's folder or another. */
  readonly spoolFolder: string;
  /** Whether the caller will write: then a write is tested, and the bucket is created if its location says so. */
  readonly writing: boolean;
  /** Size of a part of a large object, in bytes; default 16 MB. */
  readonly partBytes?: number;
}

/** A bucket, opened for maintenance commands. */
export interface S3Tools {
  readonly inventory: ObjectInventory;
  readonly into: ObjectImport;
  readonly objects: Pick<ObjectStore, 'read'>;
  close(): Promise<void>;
}

/**
 * Opens a bucket for maintenance. An unavailable store is an error.
 *
 * @throws {StorageUnavailableError} whose message names the setting and the fix
 */
export async function openS3Tools({
  spoolFolder,
  writing,
  partBytes = PART_BYTES,
  ...options
}: S3ToolsOptions): Promise<S3Tools> {
  const client = createS3Client(options);
  const ping = createPing(client);
  try {
    if (writing) {
      await prepareSpool(spoolFolder, Number.POSITIVE_INFINITY);
      await orUnavailable(ping({}));
    } else {
      await orUnavailable(getObject(client, 'ping/none', undefined, ({ body }) => body.resume()));
    }
  } catch (error) {
    await client.close();
    throw error;
  }
  const store = createS3ObjectStore(client, { spoolFolder, partBytes, ping: () => ping({}) });
  return {
    inventory: createS3Inventory(client, spoolFolder),
    into: createS3Import(client, { spoolFolder, partBytes }),
    objects: store,
    close: () => client.close(),
  };
}
