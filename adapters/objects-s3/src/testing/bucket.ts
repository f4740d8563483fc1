import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createS3Client, type S3Client } from '../client.js';
import { parseS3Location } from '../location.js';
import { listObjects } from '../objects.js';
import { createPing } from '../ping.js';

/** A new prefix in the real store. */
export async function openBucket(): Promise<S3Client> {
  const { endpoint, ...credentials } = inject('s3');
  const location = parseS3Location(`s3://unit/${randomUUID()}?endpoint=${endpoint}&create=true`);
  const client = createS3Client({ location, credentials, answerMs: 20_000 });
  await createPing(client)({});
  return client;
}

/** All keys under the prefix. */
export async function keysOf(client: S3Client, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of listObjects(client, prefix)) keys.push(...page.map(({ key }) => key));
  return keys;
}
