import { createReadStream } from 'node:fs';
import { failureIn, readStored, readText } from './answers.js';
import type { S3Client, S3Request } from './client.js';
import { S3Failure } from './failure.js';
import { type Payload, payloadOf } from './payload.js';
import { type Conditionally, objectFields, type PutSource, sha256Of } from './put-source.js';
import { readXml, textOf } from './xml.js';

/** Amazon's limit. */
const MAX_PARTS = 10_000;
const ABORT_MS = 5000;

/** Stores a large file in parts, so that a failure repeats one part and not the whole file. */
export async function putParts(
  client: S3Client,
  conditionally: Conditionally,
  partBytes: number,
  key: string,
  source: PutSource,
): Promise<void> {
  const uploadId = await begin(client, key, source.sha256);
  try {
    const etags: string[] = [];
    const step = Math.max(partBytes, Math.ceil(source.size / MAX_PARTS));
    for (let start = 0; start < source.size; start += step) {
      const end = Math.min(start + step, source.size) - 1;
      etags.push(await putPart(client, key, uploadId, etags.length + 1, source, start, end));
    }
    await conditionally(key, source, (headers) => complete(client, key, uploadId, etags, headers));
  } catch (error) {
    await abort(client, key, uploadId);
    throw error;
  }
}

function begin(client: S3Client, key: string, sha256: string): Promise<string> {
  const headers = objectFields(sha256);
  return client.send({ method: 'POST', key, query: { uploads: '' }, headers }, async ({ body }) => {
    const id = textOf(readXml(await readText(body), 'InitiateMultipartUploadResult'), 'UploadId');
    if (id === '') throw new S3Failure('broken', { detail: 'no UploadId' });
    return id;
  });
}

async function putPart(
  client: S3Client,
  key: string,
  uploadId: string,
  number: number,
  { path }: PutSource,
  start: number,
  end: number,
): Promise<string> {
  const payload: Payload = {
    length: end - start + 1,
    sha256: await sha256Of(path, start, end),
    open: () => createReadStream(path, { start, end }),
  };
  const query = { partNumber: String(number), uploadId };
  // The tag is inserted into XML below.
  return client.send({ method: 'PUT', key, query, payload }, readStored);
}

/** A response with status 200 may contain an error, because stores send the status before they finish. */
function complete(
  client: S3Client,
  key: string,
  uploadId: string,
  etags: readonly string[],
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const text = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const request: S3Request = {
    method: 'POST',
    key,
    query: { uploadId },
    headers,
    payload: payloadOf(text),
  };
  return client.send(request, async (answer) => {
    const result = await readText(answer.body);
    if (textOf(readXml(result, 'CompleteMultipartUploadResult'), 'ETag') !== '') return;
    throw failureIn(result, 500, answer.headers);
  });
}

/** Parts that are not removed cost money. If this fails, a lifecycle rule of the bucket must remove them. */
async function abort(client: S3Client, key: string, uploadId: string): Promise<void> {
  await client
    .send({ method: 'DELETE', key, query: { uploadId } }, ({ body }) => body.dump(), {
      limitMs: ABORT_MS,
    })
    .catch(() => {});
}
