import { makeObjectId } from '@auraimage/ports';
import { readStored } from './answers.js';
import type { S3Client, SendOptions } from './client.js';
import { hasCode } from './failure.js';
import { getObject } from './get.js';
import { removeObject } from './objects.js';
import { NOTHING, payloadOf } from './payload.js';

/** How long a successful write is valid: a write is expensive, and /ready is requested often. */
const WRITE_MS = 60_000;

/**
 * Checks that the store can be read and, once a minute, written to. Creates the bucket if there is none and its
 * location says so.
 *
 * @throws {S3Failure}
 */
export function createPing(client: S3Client): (options: SendOptions) => Promise<void> {
  let writtenAt = Number.NEGATIVE_INFINITY;

  const write = async (options: SendOptions): Promise<void> => {
    const key = `ping/${makeObjectId()}`;
    await client.send({ method: 'PUT', key, payload: NOTHING }, readStored, options);
    await removeObject(client, key, options);
  };
  const look = async (options: SendOptions): Promise<void> => {
    await getObject(client, 'ping/none', undefined, ({ body }) => body.resume(), options);
    if (performance.now() - writtenAt < WRITE_MS) return;
    await write(options);
    writtenAt = performance.now();
  };

  return async (options) => {
    try {
      await look(options);
    } catch (error) {
      writtenAt = Number.NEGATIVE_INFINITY;
      if (!client.location.create || !hasCode(error, 'NoSuchBucket')) throw error;
      await makeBucket(client, options);
      await look(options);
    }
  };
}

async function makeBucket(client: S3Client, options: SendOptions): Promise<void> {
  const { endpoint, region } = client.location;
  // Only Amazon requires the region in the body, and only for other regions than its first.
  const text =
    endpoint === undefined && region !== 'us-east-1'
      ? `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`
      : '';
  const payload = payloadOf(text);
  try {
    await client.send({ method: 'PUT', payload }, ({ body }) => body.dump(), options);
  } catch (error) {
    if (!hasCode(error, 'BucketAlreadyOwnedByYou')) throw error; // another server has just created it
  }
}
