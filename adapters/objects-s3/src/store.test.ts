import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectStore } from '@auraimage/ports/contracts';
import { inject } from 'vitest';
import { createS3Client } from './client.js';
import { parseS3Location } from './location.js';
import { listObjects } from './objects.js';
import { openS3Stores } from './stores.js';

const { endpoint, ...credentials } = inject('s3');

describeObjectStore('a bucket', async () => {
  const prefix = randomUUID();
  const location = parseS3Location(`s3://store/${prefix}?endpoint=${endpoint}&create=true`);
  const folder = await mkdtemp(join(tmpdir(), 'aura-spool-'));
  const open = () =>
    openS3Stores({
      location,
      credentials,
      answerMs: 20_000,
      spoolFolder: folder,
      onAway: (problem) => {
        throw problem;
      },
    });
  const client = createS3Client({ location, credentials, answerMs: 20_000 });
  const [mine, others] = await Promise.all([open(), open()]);
  return {
    store: mine.objects,
    other: others.objects,
    async countAll() {
      let count = (await readdir(folder)).length;
      for await (const page of listObjects(client, '')) count += page.length;
      return count;
    },
    async close() {
      await Promise.all([mine.close(), others.close(), client.close()]);
      await rm(folder, { recursive: true });
    },
  };
});
