import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { arrayBuffer } from 'node:stream/consumers';
import type { R2Bucket } from '@auraimage/objects-r2';

const METADATA = 'x-amz-meta-';
const ETag = '"any"';

/**
 * Serves a bucket of R2 by the part of S3's protocol that `objects-s3` needs for small objects, as R2's S3 API does:
 * `x-amz-meta-` headers are the custom metadata of the binding (https://developers.cloudflare.com/r2/api/s3/extensions/).
 */
export async function serveS3Api(bucket: R2Bucket) {
  const server = createServer((request, response) => {
    answer(bucket, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function answer(bucket: R2Bucket, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '', 'http://s3.test');
  const key = url.pathname.split('/').slice(2).join('/');
  const fail = (status: number, code: string) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
  if (request.method === 'PUT') {
    const { headers } = request;
    const customMetadata = Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith(METADATA))
        .map(([name, value]) => [name.slice(METADATA.length), String(value)]),
    );
    const object = await bucket.put(key, new Uint8Array(await arrayBuffer(request)), {
      customMetadata,
      httpMetadata: { contentType: headers['content-type'] ?? '' },
      sha256: String(headers['x-amz-content-sha256']),
      ...(headers['if-none-match'] === '*' && { onlyIf: { etagDoesNotMatch: '*' } }),
    });
    if (object === null) return fail(412, 'PreconditionFailed');
    return void response.writeHead(200, { ETag }).end();
  }
  if (request.method === 'DELETE') {
    await bucket.delete(key);
    return void response.writeHead(204).end();
  }
  if (url.searchParams.has('list-type')) {
    const { objects } = await bucket.list({ prefix: url.searchParams.get('prefix') ?? '' });
    const entries = objects.map(
      (each) =>
        `<Contents><Key>${each.key}</Key><Size>${each.size}</Size><LastModified>${each.uploaded.toISOString()}</LastModified></Contents>`,
    );
    return void response.end(`<ListBucketResult>${entries.join('')}</ListBucketResult>`);
  }
  if (url.searchParams.has('uploads')) {
    return void response.end('<ListMultipartUploadsResult></ListMultipartUploadsResult>');
  }
  const object = await bucket.get(key);
  if (object === null) return fail(404, 'NoSuchKey');
  const bytes = Buffer.from(await arrayBuffer(object.body));
  const metadata = Object.entries(object.customMetadata ?? {});
  const headers = {
    ETag,
    ...Object.fromEntries(metadata.map(([name, value]) => [METADATA + name, value])),
  };
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (match === null) {
    return void response.writeHead(200, { ...headers, 'Content-Length': bytes.length }).end(bytes);
  }
  const [start, last] = match.slice(1).map(Number);
  const part = bytes.subarray(start, (last ?? 0) + 1);
  const range = `bytes ${start}-${last}/${bytes.length}`;
  response.writeHead(206, { ...headers, 'Content-Length': part.length, 'Content-Range': range });
  response.end(part);
}
