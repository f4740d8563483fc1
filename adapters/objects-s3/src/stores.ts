import type { ObjectStore } from '@auraimage/ports';
import { createS3Client, type S3ClientOptions } from './client.js';
import { S3Failure } from './failure.js';
import { createPing } from './ping.js';
import { asProblem, orUnavailable } from './problem.js';
import { prepareSpool } from './spool.js';
import { createS3ObjectStore } from './store.js';
import { createS3VariantStore, type S3VariantStore } from './variants.js';

/** A ping is one try, and no longer. */
const PING = { limitMs: 1800, retries: 0 };
export const PART_BYTES = 16 * 1024 * 1024;

/** How often leftovers are looked for, in milliseconds: another process that crashed may not start again. */
const CLEAN_MS = 1_800_000;

export interface S3StoresOptions extends S3ClientOptions {
  /** Local folder for uploads that are being checked; made where it is missing. Needs room for all of them. */
  readonly spoolFolder: string;
  /** Most bytes of all variants together; those used longest ago go first. */
  readonly variantBytes: number;
  /** Processes of this machine that write variants; default 1. */
  readonly writers?: number;
  /** Age in milliseconds past which a file of that folder is nobody's any more; default one hour. */
  readonly leftoverMs?: number;
  /** Bytes of a part of a large object, at least 5 MB for most stores; default 16 MB. */
  readonly partBytes?: number;
  /** Told when the store is away at the start: it may come. */
  readonly onAway: (problem: unknown) => void;
  /** Told when leftovers could not be looked for or removed, after the start: it is tried again. */
  readonly onCleanFailure?: (error: unknown) => void;
}

export interface S3Stores {
  readonly objects: ObjectStore;
  readonly variants: S3VariantStore;
  /** Requests that were sent again, since the start. */
  retries(): number;
  close(): Promise<void>;
}

/**
 * Opens the masters and variants of a bucket. Any number of servers may share it.
 *
 * @throws {StorageUnavailableError} where waiting does not help: wrong keys, no bucket, another region,
 *   a wrong clock. The message names the setting and the fix.
 *
 * @example
 * const { objects, variants } = await openS3Stores({
 *   location: parseS3Location('s3://pictures?region=eu-central-1'),
 *   credentials: { accessKeyId, secretAccessKey },
 *   spoolFolder: '/var/lib/aura/spool',
 *   variantBytes: 2 ** 30,
 *   answerMs: 10_000,
 *   onAway: (problem) => console.warn(problem),
 * });
 */
export async function openS3Stores({
  spoolFolder,
  variantBytes,
  writers = 1,
  leftoverMs = 3_600_000,
  partBytes = PART_BYTES,
  onAway,
  onCleanFailure = () => {},
  ...options
}: S3StoresOptions): Promise<S3Stores> {
  const clean = () => prepareSpool(spoolFolder, leftoverMs);
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
    variants: createS3VariantStore(client, variantBytes, writers),
    retries: () => client.retries(),
    async close() {
      clearInterval(cleaning);
      await client.close();
    },
  };
}
