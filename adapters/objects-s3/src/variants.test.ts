import { randomUUID } from 'node:crypto';
import { describeVariantStore } from '@auraimage/ports/contracts';
import { inject } from 'vitest';
import { createS3Client } from './client.js';
import { makeId } from './id.js';
import { parseS3Location } from './location.js';
import { createPing } from './ping.js';
import { createS3VariantStore } from './variants.js';

const { endpoint, ...credentials } = inject('s3');

describeVariantStore('a bucket', async () => {
  const text = `s3://variants/${randomUUID()}?endpoint=${endpoint}&create=true`;
  const client = createS3Client({ location: parseS3Location(text), credentials, answerMs: 20_000 });
  await createPing(client)({});
  return {
    store: createS3VariantStore(client, 20_000_000),
    makeMaster: async () => makeId(),
    close: () => client.close(),
  };
});
