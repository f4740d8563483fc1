import type { R2Bucket } from '@auraimage/objects-r2';

export async function allKeys(bucket: R2Bucket): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: '' });
  return objects.map(({ key }) => key);
}

export async function empty(bucket: R2Bucket): Promise<void> {
  for (const key of await allKeys(bucket)) await bucket.delete(key);
}

/** A bucket with some methods of its own. */
export function changed(bucket: R2Bucket, methods: Partial<R2Bucket>): R2Bucket {
  return {
    head: (key) => bucket.head(key),
    get: (key, options) => bucket.get(key, options),
    put: (key, value, options) => bucket.put(key, value, options),
    delete: (key) => bucket.delete(key),
    list: (options) => bucket.list(options),
    createMultipartUpload: (key) => bucket.createMultipartUpload(key),
    ...methods,
  };
}

/** A bucket that counts multipart uploads that are neither completed nor aborted: a binding cannot list them. */
export function countingUploads(bucket: R2Bucket) {
  let open = 0;
  const counted = changed(bucket, {
    async createMultipartUpload(key) {
      const upload = await bucket.createMultipartUpload(key);
      open++;
      return {
        uploadPart: (number, bytes) => upload.uploadPart(number, bytes),
        async complete(parts) {
          const object = await upload.complete(parts);
          open--;
          return object;
        },
        async abort() {
          await upload.abort();
          open--;
        },
      };
    },
  });
  return { counted, open: () => open };
}
