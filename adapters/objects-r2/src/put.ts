import { type ObjectFacts, StorageUnavailableError } from '@auraimage/ports';
import type { R2Bucket } from './bucket.js';
import { inR2 } from './problem.js';

/**
 * Stores an object under a new key; resolves when R2 has confirmed it. R2 computes the SHA-256 itself, and stores
 * nothing if it is another one. An object that exists is never replaced.
 *
 * @param open called once for each try; returns bytes, or a stream whose length the runtime knows
 */
export async function putObject(
  bucket: R2Bucket,
  key: string,
  { size, sha256 }: ObjectFacts,
  open: () => Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const options = {
    onlyIf: { etagDoesNotMatch: '*' },
    httpMetadata: { contentType: 'application/octet-stream' },
    customMetadata: { sha256 },
    sha256,
  };
  const stored = await inR2(async () => bucket.put(key, await open(), options));
  if (stored !== null) return;
  // An earlier try whose response was lost may have stored it.
  if (await isStored(bucket, key, { size, sha256 })) return;
  throw new StorageUnavailableError('The bucket has another object under a new key');
}

/** Whether a key has this object, and not another one. */
export async function isStored(
  bucket: R2Bucket,
  key: string,
  { size, sha256 }: ObjectFacts,
): Promise<boolean> {
  const existing = await inR2(() => bucket.head(key));
  return existing?.size === size && existing.customMetadata?.['sha256'] === sha256;
}
