import type { ObjectStore } from '@auraimage/ports';
import { createS3Client, type S3ClientOptions } from './client.js';
import { S3Failure } from './failure.js';
import { createPing } from './ping.js';
import { asProblem, orUnavailable } from './problem.js';
import { prepareSpool } from './spool.js';
import { createS3ObjectStore } from './store.js';

/** A ping is one try without retries. */
const PING = { limitMs: 1800, retries: 0 };
export const PART_BYTES = 16 * 1024 * 1024;

/** How often abandoned uploads are removed, in milliseconds. A crashed process may never restart to remove its own. */
const CLEAN_MS = 1_800_000;

export interface S3StoresOptions extends S3ClientOptions {
  /** Local folder for uploads that are being inspected; created if it is missing. Needs space for all of them. */
  readonly spoolFolder: string;
  /** Age in milliseconds from which a file of that folder counts as an abandoned upload; default one hour. */
  readonly abandonedMs?: number;
  /** Bytes of a part of a large object, at least 5 MB for most stores; default 16 MB. */
  readonly partBytes?: number;
  /** Called if the store is unavailable at the start. The server starts anyway. */
  readonly onAway: (problem: unknown) => void;
  /** Called when abandoned uploads could not be listed or removed after the start. The store retries. */
  readonly onCleanFailure?: (error: unknown) => void;
}

export interface S3Stores {
  readonly objects: ObjectStore;
  /** Number of retries since the start. */
  retries(): number;
  close(): Promise<void>;
}

/**
 * Opens the masters of a bucket. Any number of servers may share it.
 *
 * @throws {StorageUnavailableError} if waiting does not help: wrong keys, no bucket, another region, a wrong
 *   clock. The message names the setting and the fix.
 *
 * @example
 * const { objects } = await openS3Stores({
 *   location: parseS3Location('s3://pictures?region=eu-central-1'),
 *   credentials: { accessKeyId, secretAccessKey },
 *   spoolFolder: '/var/lib/aura/spool',
 *   answerMs: 10_000,
 *   onAway: (problem) => console.warn(problem),
 * });
 */
export async function openS3Stores({
  spoolFolder,
  abandonedMs = 3_600_000,
  partBytes = PART_BYTES,
  onAway,
  onCleanFailure = () => {},
  ...options
}: S3StoresOptions): Promise<S3Stores> {
  const clean = () => prepareSpool(spoolFolder, abandonedMs);
  await clean();
  const client = createS3Client(options);
  const ping = createPing(client);
  try {
    await ping({});
  } catch (error) {
    const problem = asProblem(error);
    if (!(error instanceof S3Failure) || !error.isPassing) {
      await client.close();
      throw problem;
    }
    onAway(problem);
  }
  const cleaning = setInterval(() => void clean().catch(onCleanFailure), CLEAN_MS);
  cleaning.unref();
  return {
    objects: createS3ObjectStore(client, {
      spoolFolder,
      partBytes,
      ping: () => orUnavailable(ping(PING)),
    }),
    retries: () => client.retries(),
    async close() {
      clearInterval(cleaning);
      await client.close();
    },
  };
}
