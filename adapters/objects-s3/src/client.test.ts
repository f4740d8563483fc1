import { afterAll, beforeAll, expect, it } from 'vitest';
import type { S3Client } from './client.js';
import { openBucket } from './testing/bucket.js';

let client: S3Client;

beforeAll(async () => {
  client = await openBucket();
});
afterAll(() => client?.close());

it('reports a timeout if no time is left for a try', async () => {
  const request = { method: 'GET', key: 'variants/none' } as const;
  await expect(client.send(request, () => 'read', { limitMs: 0 })).rejects.toMatchObject({
    name: 'S3Failure',
    code: 'timeout',
  });
});
