import { createHash } from 'node:crypto';
import { createR2ObjectStore, type R2Bucket } from '@auraimage/objects-r2';
import { CodedError } from '@auraimage/protocol';
import { createBusboyReceiver } from '@auraimage/upload-busboy';
import { allKeys, countingUploads } from './support/bucket.js';

// A Worker that stores the files of forms, returns them, and lists what the bucket has.

let openUploads = () => 0;

export default {
  async fetch(request: Request, env: { readonly MASTERS: R2Bucket }): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/state') {
      return Response.json({ keys: await allKeys(env.MASTERS), open: openUploads() });
    }
    if (request.method === 'POST') {
      const { counted, open } = countingUploads(env.MASTERS);
      openUploads = open;
      return upload(request, counted, Number(url.searchParams.get('max')));
    }
    const [, id = '', size] = url.pathname.split('/');
    const range = { start: 0, length: Number(size) };
    const body = await createR2ObjectStore(env.MASTERS).read(id, range);
    return new Response(body?.stream() ?? null, { status: body === null ? 404 : 200 });
  },
};

async function upload(request: Request, bucket: R2Bucket, maxFileBytes: number) {
  const draft = await createR2ObjectStore(bucket).create();
  const limits = { maxFileBytes, signal: request.signal };
  try {
    await createBusboyReceiver().receive(request, limits, (chunk) => draft.write(chunk));
    const hash = createHash('sha256');
    for await (const chunk of (await draft.readBack()).stream()) hash.update(chunk);
    return Response.json({ ...(await draft.commit()), inspected: hash.digest('hex') });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return Response.json({ code: error.code }, { status: 400 });
  } finally {
    await draft.discard();
  }
}
