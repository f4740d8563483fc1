import { createHash, randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDesk, type Desk, newProject } from '../acceptance/support/cli.js';
import { drawing } from '../files/pictures.js';

/** Keys with what has to be escaped in a signature, in a list, or in both, and the names of their images. */
const KEYS = new Map([
  ["a (1)+b & 'c'!*=~.png", 'old/a-1-b-c-~'],
  ['größe/灯泡 2%.png', 'old/grosse/DengPao-2'],
  ['plain', 'old/plain'],
]);

let desk: Desk;
let bytes: Buffer;
beforeAll(async () => {
  desk = await createDesk();
  bytes = await drawing(30, 20).png().toBuffer();
});
afterAll(() => desk.close());

it('aura import takes every object of a real bucket, whatever its key', async () => {
  const { endpoint, accessKeyId, secretAccessKey } = inject('s3');
  const bucket = `import-${randomUUID()}`;
  const store = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' });
  const put = async (path: string, body?: Buffer) => {
    const answer = await store.fetch(`${endpoint}/${bucket}${path}`, {
      method: 'PUT',
      ...(body && { body: new Uint8Array(body) }),
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  await put('');
  for (const key of KEYS.keys())
    await put(`/up/${encodeURIComponent(key).replaceAll('%2F', '/')}`, bytes);
  const { secretKey, projectName } = await desk.addProject(newProject('moved'));
  const env = {
    AURA_TOKEN: secretKey,
    AURA_PROJECT: projectName,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  const argv = ['import', `s3://${bucket}/up`, '--visibility', 'private', '--prefix', 'old'];
  const { exit, out, err } = await desk.aura([...argv, '--json'], { env });
  expect(exit, err).toBe(0);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Map(lines.map(({ source, key }) => [source, key]))).toEqual(KEYS);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(lines.every((line) => line.status === 'imported' && line.sha256 === sha256)).toBe(true);
  const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' };
  const refused = await desk.aura([...argv, '--report', 'r.jsonl'], { env: wrong });
  expect([refused.exit, refused.err]).toEqual([
    1,
    expect.stringContaining('SignatureDoesNotMatch'),
  ]);
});
